import { Command } from 'commander';
import { registerUp } from './up.js';

const program = new Command('sallyport').description('API security gateway on an event bus');

registerUp(program);

await program.parseAsync();

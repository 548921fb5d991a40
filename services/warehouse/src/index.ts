export { startWarehouse, type Warehouse, type WarehouseOptions } from './start-warehouse.js';

import { describe, expect, it } from 'vitest';
import { parseForm } from './parse-form.js';

function form(...parts: [name: string, value: string][]): Buffer {
  return Buffer.from(parts.map(([name, value]) => `--b\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`).join('') + '--b--\r\n');
}

describe('parseForm', () => {
  it('reads fields as they are, line breaks and dashes included', () => {
    const value = "it's\r\n--not-b\r\n--\r\n\r\nx";
    expect(parseForm('multipart/form-data; boundary=b', form(['query', 'SELECT 1'], ['param_x', value]))).toEqual(
      new Map([
        ['query', 'SELECT 1'],
        ['param_x', value],
      ]),
    );
    expect(parseForm('multipart/form-data; boundary="b"', form())).toEqual(new Map());
  });

  it.each([
    ['multipart/form-data', form(['query', '1'])],
    ['multipart/form-data; boundary=b', Buffer.from('--b\r\n')],
    ['multipart/form-data; boundary=b', Buffer.from('--b\r\nno header\r\n--b--')],
    ['multipart/form-data; boundary=b', Buffer.from('--b\r\nx: y\r\n\r\nvalue\r\n--b--')],
  ])('refuses what is malformed (%#)', (contentType, body) => {
    expect(() => parseForm(contentType, body)).toThrow(expect.objectContaining({ code: 36 }));
  });

  it('says that external tables are not offered', () => {
    expect(() => parseForm('multipart/form-data; boundary=b', form(['table', '1\n']))).toThrow(expect.objectContaining({ code: 48 }));
  });
});

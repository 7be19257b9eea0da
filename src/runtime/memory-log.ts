import type { Log } from './log.ts';

type Level = keyof Log;

/** A log that remembers instead of writing. */
export class MemoryLog implements Log {
  readonly lines: { readonly level: Level; readonly message: string; readonly fields: object }[] = [];

  debug = this.#at('debug');
  info = this.#at('info');
  warn = this.#at('warn');
  error = this.#at('error');

  messages(level: Level): string[] {
    return this.lines.filter((line) => line.level === level).map((line) => line.message);
  }

  #at(level: Level) {
    return (fields: object, message: string) => void this.lines.push({ level, message, fields });
  }
}

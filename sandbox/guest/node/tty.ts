/** `tty`: nothing here is a terminal. ReadStream and WriteStream are refused. */
export default { isatty: (_fd: unknown): boolean => false }

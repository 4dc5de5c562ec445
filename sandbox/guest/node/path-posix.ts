/** `path/posix`. */
export { default } from './path.ts'

/** `path/win32`. */
import path from './path.ts'

export default path.win32

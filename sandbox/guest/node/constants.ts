/** `constants`: those of `os`, `fs` and `crypto` together, as the deprecated builtin of Node has them. */
import { membersOf } from './members.ts'

export default { ...membersOf('constants').values }

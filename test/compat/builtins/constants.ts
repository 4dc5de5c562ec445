import type { Snippets } from '../snippet.ts'

export default [{ members: '*', run: constants => Object.keys(constants).sort().map(name => [name, constants[name]]).filter(([, value]) => typeof value !== 'object') }] satisfies Snippets

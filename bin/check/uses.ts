/**
 * What a source file uses of Node's builtins, and the hosts that it names. Found in the text, without running it: a member that is reached
 * by a computed name is not seen, and one that a local variable of the same name hides is seen too much. A global is not seen when its
 * file asks for it by `typeof`, or binds its name anywhere.
 */
import { isBuiltin, stripTypeScriptTypes } from 'node:module'
import { parse, type Node } from 'acorn'
import { freeNames } from './free-names.ts'
import { isNode, nodes, walk, type Any } from './tree.ts'

interface Use {
  /** Without `node:`; `globals` for what is of no module. */
  readonly module: string
  /** `readFile`, `promises.readFile`; empty: the module as a whole. */
  readonly member: string
  /** From 1. */
  readonly line: number
}

export interface SourceUses {
  readonly uses: readonly Use[]
  /** Of the texts that are http or https URLs: host, with the port when it is written. */
  readonly hosts: readonly string[]
}

const NODE_GLOBALS = new Set(Object.getOwnPropertyNames(globalThis).filter(name => name !== 'undefined'))
const HOST = /\bhttps?:\/\/([^\s/'"`<>${}\\?#]+)/gi

/** `file`: its extension says whether it is TypeScript. A file that cannot be parsed uses nothing: the bundler has refused it, or its dependency is broken. */
export function usesOf (file: string, text: string): SourceUses {
  const tree = parseFile(file, text)
  if (tree === undefined) return { uses: [], hosts: [] }
  const reader = new Reader()
  reader.findBindings(tree)
  reader.findMembers(tree)
  reader.findGlobals(tree)
  return reader.found()
}

function parseFile (file: string, text: string): Any | undefined {
  for (const sourceType of ['module', 'script'] as const) {
    try {
      const code = /\.[cm]?ts$/.test(file) ? stripTypeScriptTypes(text) : text
      return parse(code, { ecmaVersion: 'latest', sourceType, allowHashBang: true, allowReturnOutsideFunction: true, locations: true }) as Node as Any // fields are looked at one by one
    } catch {
      // The other kind of source, or none that can be parsed.
    }
  }
  return undefined
}

class Reader {
  /** Local name -> what of a builtin it stands for. */
  readonly #names = new Map(['process', 'crypto'].map(name => [name, { module: name, member: '' }]))
  readonly #uses = new Map<string, Use>()
  readonly #hosts = new Set<string>()

  found (): SourceUses {
    return { uses: [...this.#uses.values()], hosts: [...this.#hosts] }
  }

  /** Imports, and variables that hold a builtin or a part of one. */
  findBindings (tree: Any): void {
    walk(tree, node => {
      if (node.type === 'ImportDeclaration') this.#import(node)
      if (node.type === 'VariableDeclarator' && isNode(node['id'])) this.#bind(node['id'], isNode(node['init']) ? this.#builtinOf(node['init']) : undefined)
    })
  }

  findMembers (tree: Any): void {
    walk(tree, (node, parent) => {
      if (node.type === 'MemberExpression') {
        const target = this.#builtinOf(node)
        const isInner = parent?.type === 'MemberExpression' && parent['object'] === node && parent['computed'] !== true
        if (target !== undefined && !(isInner && target.member.split('.').length < 2)) this.#note(target, node)
      }
      if (isRequire(node)) this.#note({ module: nameOf(node), member: '' }, node)
      for (const text of textsOf(node)) for (const [, host = ''] of text.matchAll(HOST)) this.#hosts.add(host.toLowerCase().replace(/^.*@/, ''))
    })
  }

  findGlobals (tree: Any): void {
    for (const [name, node] of freeNames(tree)) {
      if (NODE_GLOBALS.has(name)) this.#note({ module: 'globals', member: name }, node)
    }
  }

  #import (node: Any): void {
    const module = builtinName(node['source'])
    if (module === undefined) return nodes(node['specifiers']).forEach(({ local }) => this.#forget(local as Any))
    this.#note({ module, member: '' }, node)
    for (const specifier of nodes(node['specifiers'])) {
      const local = (specifier['local'] as Any)['name'] as string // each specifier has one
      if (specifier.type !== 'ImportSpecifier') this.#names.set(local, { module, member: '' })
      else {
        const imported = specifier['imported'] as Any
        const member = String(imported['name'] ?? imported['value'])
        this.#names.set(local, { module, member: member === 'default' ? '' : member })
        if (member !== 'default') this.#note({ module, member }, specifier)
      }
    }
  }

  #bind (target: Any, builtin: { readonly module: string, readonly member: string } | undefined): void {
    if (builtin === undefined) return this.#forget(target)
    if (target.type === 'Identifier') this.#names.set(target['name'] as string, builtin)
    if (target.type !== 'ObjectPattern') return
    for (const property of nodes(target['properties'])) {
      const key = property['key'] as Any | undefined
      if (property.type !== 'Property' || property['computed'] === true || key === undefined) continue
      const inner = { module: builtin.module, member: join(builtin.member, String(key['name'] ?? key['value'])) }
      const value = property['value'] as Any
      if (value.type !== 'ObjectPattern') this.#note(inner, property)
      this.#bind(value.type === 'AssignmentPattern' ? value['left'] as Any : value, inner)
    }
  }

  /** A variable of the file hides the global. */
  #forget (target: Any): void {
    if (target.type === 'Identifier') this.#names.delete(target['name'] as string)
  }

  /** `require('fs')`, `await import('fs')`, a name that stands for one, and members of these. */
  #builtinOf (node: Any): { readonly module: string, readonly member: string } | undefined {
    if (isRequire(node)) return { module: nameOf(node), member: '' }
    switch (node.type) {
      case 'AwaitExpression': return this.#builtinOf(node['argument'] as Any)
      case 'Identifier': return this.#names.get(node['name'] as string)
      case 'MemberExpression': {
        const property = node['property'] as Any
        const object = node['computed'] === true && property.type !== 'Literal' ? undefined : this.#builtinOf(node['object'] as Any)
        if (object === undefined) return undefined
        const name = String(property['name'] ?? property['value'])
        return { module: object.module, member: name === 'default' ? object.member : join(object.member, name) }
      }
      default: return undefined
    }
  }

  /** The first place of each. */
  #note ({ module, member }: { readonly module: string, readonly member: string }, node: Any): void {
    const key = `${module} ${member}`
    if (!this.#uses.has(key)) this.#uses.set(key, { module, member, line: node.loc?.start.line ?? 1 })
  }
}

/** Two levels are enough to name a member: `promises.readFile`. */
function join (member: string, name: string): string {
  const parts = member === '' ? [] : member.split('.')
  return [...parts, name].slice(0, 2).join('.')
}

/** Of a `require`, `require.resolve` left out, or an `import()` of a builtin. */
function isRequire (node: Any): boolean {
  if (node.type === 'ImportExpression') return builtinName(node['source']) !== undefined
  const callee = node['callee'] as Any | undefined
  return node.type === 'CallExpression' && callee?.type === 'Identifier' && callee['name'] === 'require' && builtinName(nodes(node['arguments'])[0]) !== undefined
}

function nameOf (node: Any): string {
  return builtinName(node.type === 'ImportExpression' ? node['source'] : nodes(node['arguments'])[0]) ?? ''
}

function builtinName (literal: unknown): string | undefined {
  const value = isNode(literal) && literal.type === 'Literal' ? literal['value'] : undefined
  return typeof value === 'string' && isBuiltin(value) ? value.replace(/^node:/, '') : undefined
}

function textsOf (node: Any): string[] {
  if (node.type === 'Literal' && typeof node['value'] === 'string') return [node['value']]
  if (node.type === 'TemplateElement') return [String((node['value'] as { cooked?: string | null }).cooked ?? '')]
  return []
}

/** The tree of a source file, as it is walked. */
import type { Node } from 'acorn'

/** A node: any field may be there. */
export type Any = Node & { readonly [field: string]: unknown } & { readonly loc?: { readonly start: { readonly line: number } } }

/** Every node below, with its parent; a tree may be deeper than a stack allows, so that it is walked without recursion. */
export function walk (tree: Any, visit: (node: Any, parent: Any | undefined) => void): void {
  const pending: [Any, Any | undefined][] = [[tree, undefined]]
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const [node, parent] = next
    visit(node, parent)
    const children = Object.values(node).flatMap(value => Array.isArray(value) ? value.filter(isNode) : isNode(value) ? [value] : [])
    for (const child of children.reverse()) pending.push([child, node])
  }
}

export function isNode (value: unknown): value is Any {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string'
}

export function nodes (value: unknown): Any[] {
  return Array.isArray(value) ? value.filter(isNode) : []
}

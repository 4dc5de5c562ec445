/** Names that a file uses and binds nowhere: its globals. Scopes are not looked at: what is bound in one function counts as bound in the file. */
import { isNode, nodes, walk, type Any } from './tree.ts'

/** The first place of each; names that the file asks for by `typeof` are left out: it goes on without. */
export function freeNames (tree: Any): ReadonlyMap<string, Any> {
  const found = new Map<string, Any>()
  const known = new Set<string>()
  walk(tree, (node, parent) => {
    for (const bound of bindingsOf(node)) walk(bound, inner => { if (inner.type === 'Identifier') known.add(inner['name'] as string) })
    if (node.type !== 'Identifier' || parent === undefined || isLabel(node, parent)) return
    const name = node['name'] as string // each has one
    if (parent.type === 'UnaryExpression' && parent['operator'] === 'typeof') known.add(name)
    if (!found.has(name)) found.set(name, node)
  })
  for (const name of known) found.delete(name)
  return found
}

/** Patterns and names that a node binds. */
function bindingsOf (node: Any): Any[] {
  switch (node.type) {
    case 'VariableDeclarator': case 'ClassDeclaration': case 'ClassExpression': return [node['id']].filter(isNode)
    case 'FunctionDeclaration': case 'FunctionExpression': case 'ArrowFunctionExpression': return [node['id'], ...nodes(node['params'])].filter(isNode)
    case 'CatchClause': return [node['param']].filter(isNode)
    case 'ImportSpecifier': case 'ImportDefaultSpecifier': case 'ImportNamespaceSpecifier': return [node['local']].filter(isNode)
    default: return []
  }
}

/** An identifier that names a property, a label or an export, and no value. */
function isLabel (node: Any, parent: Any): boolean {
  if (parent.type === 'MemberExpression') return parent['property'] === node && parent['computed'] !== true
  if (['Property', 'MethodDefinition', 'PropertyDefinition'].includes(parent.type)) return parent['key'] === node && parent['value'] !== node && parent['computed'] !== true
  return ['LabeledStatement', 'BreakStatement', 'ContinueStatement', 'ImportSpecifier', 'MetaProperty', 'ImportAttribute'].includes(parent.type) || (parent.type === 'ExportSpecifier' && parent['exported'] === node)
}

/** What of `components` a document leads to, directly or through others. Pure. */
type Components = Readonly<Record<string, Readonly<Record<string, unknown>>>>

/** The same components without those that nothing uses; ways to say who calls stay as they are. */
export function usedComponents ({ securitySchemes, ...components }: Components, from: unknown): Record<string, unknown> {
  const used = new Set<string>()
  const look = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return
    for (const [key, child] of Object.entries(value)) {
      if (key === '$ref' && typeof child === 'string') follow(child)
      else look(child)
    }
  }
  const follow = (ref: string): void => {
    const [, , kind = '', name = ''] = ref.split('/')
    if (used.has(`${kind}/${name}`)) return
    used.add(`${kind}/${name}`)
    look(components[kind]?.[name])
  }
  look(from)
  const kept = Object.entries(components).map(([kind, all]) => [kind, Object.fromEntries(Object.entries(all).filter(([name]) => used.has(`${kind}/${name}`)))])
  return { securitySchemes, ...Object.fromEntries(kept) }
}

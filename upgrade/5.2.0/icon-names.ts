/** The icons that are only named: those of Material Design, as data-fair/processings knows them. */

/** The `d` of a path in a square of 24, by the bare name of an icon (`account-group`). The drawings are several MB: they are read when a plugin wants one. */
export async function loadIconPaths (): Promise<(name: string) => string | undefined> {
  const drawings: Readonly<Record<string, unknown>> = await import('@mdi/js')
  return name => {
    const exported = `mdi${name.split('-').map(word => word.slice(0, 1).toUpperCase() + word.slice(1)).join('')}`
    const path = Object.hasOwn(drawings, exported) ? drawings[exported] : undefined
    return typeof path === 'string' ? path : undefined
  }
}

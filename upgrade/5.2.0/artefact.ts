/** An artefact of a registry of data-fair, read from its description. Newer registries hold one archive, older ones one for each architecture. */
import { isObject, textOf } from './read-json.ts'
import type { NamedAccount } from './types.ts'

export interface Artefact {
  /** There is an archive that this machine would be given. */
  readonly hasContent: boolean
  /** Copied from another registry, which alone may change it. */
  readonly mirrored: boolean
  readonly public: boolean
  readonly privateAccess: readonly Pick<NamedAccount, 'type' | 'id'>[]
  readonly hasThumbnail: boolean
  readonly title?: string
  readonly description?: string
  readonly group?: string
  readonly documentation?: string
}

export function readArtefact (value: Readonly<Record<string, unknown>>, architecture: string): Artefact {
  const accounts: readonly unknown[] = Array.isArray(value.privateAccess) ? value.privateAccess : []
  return {
    hasContent: isObject(value.tarballs) ? [architecture, 'noarch'].some(slot => isObject(value.tarballs) && value.tarballs[slot] !== undefined) : textOf(value.path) !== undefined,
    mirrored: value.origin !== undefined && value.origin !== null,
    public: value.public === true,
    privateAccess: accounts.filter(isObject).map(({ type, id }) => ({ type: String(type), id: String(id) })),
    hasThumbnail: isObject(value.thumbnail),
    title: french(value.title),
    description: french(value.description),
    group: french(value.group),
    documentation: textOf(value.documentation)
  }
}

/** Whether an account sees it; departments do not count. */
export function admits (access: Pick<Artefact, 'public' | 'privateAccess'>, account: Pick<NamedAccount, 'type' | 'id'>): boolean {
  return access.public || access.privateAccess.some(({ type, id }) => type === account.type && id === account.id)
}

function french (value: unknown): string | undefined {
  return isObject(value) ? textOf(value.fr) : undefined
}

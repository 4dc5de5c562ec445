/** What the move of plugins from the volume of data-fair/processings v5 to a registry is made of. */
import type { AccountRef } from '../../cache/types.ts'

/** One sentence for the operator. */
export type Log = (line: string) => void

export interface PublishOptions {
  /** The folder that was DATA_DIR of v5: its plugins are in `plugins/`. Undefined: no volume is mounted. */
  readonly dataDir?: string
  /** Undefined: plugins do not come from a registry of data-fair. */
  readonly registry?: RegistryAddress
  /** Where archives are packed, one at a time, before they are sent. */
  readonly tmpDir: string
  /** Goes on although processings have a plugin that is nowhere. @default false */
  readonly allowOrphans?: boolean
  /** For which a plugin with native addons was installed: where v5 ran. @default process.arch */
  readonly architecture?: string
  /** Before the second and the third attempt of a request that a registry did not answer. @default 500 and 3,000 */
  readonly pausesMs?: readonly number[]
}

export interface RegistryAddress {
  /** As PRIVATE_REGISTRY_URL: the address inside the platform, where the secret is taken. */
  readonly url: string
  readonly secret: string
}

/** A plugin of the volume. */
export interface LegacyPlugin {
  /** Name of its folder: the id that processings have, and that of the artefact. Builds of a distTag end in it. */
  readonly id: string
  /** The folder itself, links followed. */
  readonly dir: string
  readonly name: string
  readonly version: string
  readonly metadata: LegacyMetadata
  readonly access: LegacyAccess
}

export interface LegacyMetadata {
  readonly name?: string
  readonly description?: string
  readonly category?: string
  readonly documentation?: string
  readonly icon?: unknown
}

export interface LegacyAccess {
  readonly public: boolean
  readonly privateAccess: readonly NamedAccount[]
}

export interface NamedAccount {
  readonly type: string
  readonly id: string
  readonly name?: string
}

export interface Volume {
  /** False: there is no `plugins` folder. */
  readonly mounted: boolean
  readonly plugins: readonly LegacyPlugin[]
  /** What was left aside, and why. */
  readonly notices: readonly string[]
}

/** How the processings of one account use a plugin. */
export interface PluginUse {
  readonly plugin: string
  readonly owner: AccountRef & { readonly name?: string }
  readonly processings: number
}

export type UpgradeErrorCode =
  /** Processings have a plugin that neither the volume nor the registry has. */
  | 'orphans'
  /** There are plugins to publish and no registry to publish them in. */
  | 'registry-missing'
  /** The registry does not answer, or not as one. */
  | 'registry-unavailable'
  /** It answers, and refuses. */
  | 'registry-refused'
  /** A plugin of the volume that cannot be packed as it is. */
  | 'plugin-invalid'
  /** Some plugins could not be moved. */
  | 'incomplete'

/** Its message says what was wanted, what was found and what to do. */
export class UpgradeError extends Error {
  override readonly name = 'UpgradeError'
  readonly code: UpgradeErrorCode

  constructor (code: UpgradeErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

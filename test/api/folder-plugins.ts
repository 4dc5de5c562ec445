/**
 * The neighbours of the API that fetch and execute plugins, reduced to what its own tests need: a cache of the folders in
 * test/fixtures/plugins/api, and prepare() called in this process. Tests of the whole path use the real ones.
 */
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { reason } from '../../cache/reasons.ts'
import { CacheError, type AccountRef, type Cache } from '../../cache/types.ts'
import type { Prepare } from '../../runner/types.ts'

const folder = new URL('../fixtures/plugins/api/', import.meta.url)

export interface FolderPlugins {
  readonly cache: Pick<Cache, 'ensure'>
  readonly prepare: Prepare
  /** Accounts on whose behalf plugins were asked for. */
  readonly asked: AccountRef[]
}

/** `forbidden`, `down` and `gone` are plugins that a registry would refuse so. */
export function folderPlugins (): FolderPlugins {
  const asked: AccountRef[] = []
  return {
    asked,
    cache: {
      async ensure (artefact, account) {
        asked.push(account)
        if (artefact === 'forbidden') throw new CacheError('plugin-forbidden', artefact, reason('no-access'))
        if (artefact === 'down') throw new CacheError('registry-unavailable', artefact, reason('unreachable'), { detail: '10.0.0.1:8080' })
        const schema = await schemaOf(artefact)
        return { plugin: pluginOf(artefact, schema), from: 'hit', ms: { resolve: 0, download: 0, bundle: 0 } }
      }
    },
    async prepare (artefact, _owner, { processingConfig, secrets }) {
      const plugin = await import(new URL(`${artefact}/index.ts`, folder).href)
      try {
        return { ok: true, ...await plugin.prepare?.(structuredClone({ processingConfig, secrets })) }
      } catch (error) {
        return { ok: false, code: 'plugin-error', message: error instanceof Error ? error.message : String(error) }
      }
    }
  }
}

async function schemaOf (artefact: string): Promise<Record<string, unknown> | undefined> {
  const dir = new URL(`${artefact}/`, folder)
  await readFile(new URL('index.ts', dir)).catch(cause => { throw new CacheError('plugin-not-found', artefact, reason('not-in-folder'), { cause }) })
  const text = await readFile(new URL('processing-config-schema.json', dir), 'utf8').catch(() => undefined)
  return text === undefined ? undefined : JSON.parse(text)
}

function pluginOf (artefact: string, schema: Record<string, unknown> | undefined) {
  return {
    artefact,
    name: artefact,
    version: '1.0.0',
    integrity: `sha512-${artefact}`,
    origin: 'dir',
    dir: fileURLToPath(new URL(artefact, folder)),
    bundle: Buffer.alloc(0),
    sourceMapPath: '',
    entry: 'index.ts',
    builtins: [],
    async: false,
    ...(schema === undefined ? {} : { schema })
  }
}

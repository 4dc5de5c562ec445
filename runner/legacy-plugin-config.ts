/**
 * The configuration of a whole plugin, which data-fair/processings v5 kept beside the plugins of its volume, `plugins/<id>-config.json`.
 * Plugins still find it as `context.pluginConfig` while that volume is mounted; there is no other place for it.
 */
import { open } from 'node:fs/promises'
import { join } from 'node:path'

export interface LegacyPluginConfigs {
  /** Undefined: the volume has none for this artefact. Rejects with a sentence when there is one that cannot be read: its plugin must not run without it. */
  read(artefact: string): Promise<Readonly<Record<string, unknown>> | undefined>
}

const MAX_BYTES = 1024 * 1024

/** `dir`: where the plugins of the volume are. It need not be there, and is looked at on every run: a volume is mounted once, and a file of it may change. */
export function createLegacyPluginConfigs (dir: string): LegacyPluginConfigs {
  return {
    async read (artefact) {
      if (!isFileName(artefact)) return undefined
      const name = `${artefact}-config.json`
      const text = await textOf(join(dir, name), name)
      return text === undefined ? undefined : parse(text, name)
    }
  }
}

/** Ids of npm artefacts have a slash; v5 had none. */
function isFileName (artefact: string): boolean {
  return artefact.length <= 200 && !/[/\\\0]/.test(artefact)
}

async function textOf (path: string, name: string): Promise<string | undefined> {
  try {
    await using file = await open(path)
    const { size } = await file.stat()
    if (size > MAX_BYTES) throw new Error(`plugins/${name} of the old volume has ${size} bytes, at most ${MAX_BYTES} are read`)
    return await file.readFile('utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) return undefined
    throw error
  }
}

function parse (text: string, name: string): Readonly<Record<string, unknown>> {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw new Error(`plugins/${name} of the old volume is no JSON`, { cause })
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error(`plugins/${name} of the old volume holds no object`)
  return value as Readonly<Record<string, unknown>> // checked in the line above
}

/** The files that an author gives a run: configuration and secrets. */
import { readFile } from 'node:fs/promises'
import { UsageError, type RunOptions } from './options.ts'

export interface RunInput {
  readonly config: Record<string, unknown>
  readonly secrets: Record<string, string>
}

/** Throws `UsageError` for a file that is absent, or is not what it should be. */
export async function readInput ({ config, secrets }: Pick<RunOptions, 'config' | 'secrets'>): Promise<RunInput> {
  return {
    config: config === undefined ? {} : await readObject(config, '--config'),
    secrets: secrets === undefined ? {} : checkTexts(await readObject(secrets, '--secrets'), secrets)
  }
}

async function readObject (file: string, option: string): Promise<Record<string, unknown>> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => { throw new UsageError(`${option} ${file} cannot be read (${error.code ?? error.message}).`) })
  const value = parse(text, file, option)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new UsageError(`${option} ${file}: a JSON object was wanted.`)
  return value as Record<string, unknown> // just checked
}

function parse (text: string, file: string, option: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new UsageError(`${option} ${file} is not JSON: ${error instanceof Error ? error.message : String(error)}.`)
  }
}

/** Values of secrets are never printed, not even wrong ones. */
function checkTexts (values: Record<string, unknown>, file: string): Record<string, string> {
  for (const [name, value] of Object.entries(values)) {
    if (typeof value !== 'string') throw new UsageError(`--secrets ${file}: each secret is a text, ${name} is none.`)
  }
  return values as Record<string, string> // just checked
}

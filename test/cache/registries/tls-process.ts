/** A process that asks a registry once, with the environment that the test gives it: `{ url }` as its argument, one line of JSON as its output. */
import { discard } from '../../../cache/download.ts'
import { DatafairRegistry } from '../../../cache/registries/datafair.ts'
import { CacheError } from '../../../cache/types.ts'
import { renderText } from '../../../runner/outcome-texts.ts'

const { url } = JSON.parse(process.argv[2] ?? '{}') as { url: string } // the test's own
const registry = new DatafairRegistry({ url, secret: 's3cret', retry: { attempts: 1, delayMs: 1, maxDelayMs: 1 } })
try {
  const found = await registry.resolve('hello', { type: 'user', id: 'ada' }, undefined)
  if (found.kind === 'tarball') await discard(found)
  process.stdout.write(JSON.stringify({ kind: found.kind }))
} catch (error) {
  if (!(error instanceof CacheError)) throw error
  const { code, reason, detail } = error
  const line = renderText(code, {}, 'en')
  process.stdout.write(JSON.stringify({ code, reason: reason.code, detail, line }))
} finally {
  await registry.close()
}

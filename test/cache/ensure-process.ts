/** A process that shares a cache with others: `{ dir, url, artefact, crashAt? }` as its argument. Waits for a message, ensures, answers, ends. */
import { openCache } from '../../cache/index.ts'
import type { Step } from '../../cache/options.ts'

interface Job { readonly dir: string, readonly url: string, readonly artefact: string, readonly crashAt?: Step, readonly crashAfterMs?: number }

const { dir, url, artefact, crashAt, crashAfterMs = 0 } = JSON.parse(process.argv[2]) as Job // the test's own

/** In the middle of what follows, or at once. */
function crash (): void {
  if (crashAfterMs === 0) process.kill(process.pid, 'SIGKILL')
  else setTimeout(() => process.kill(process.pid, 'SIGKILL'), crashAfterMs)
}

const cache = await openCache({
  dir,
  registry: { kind: 'datafair', url, secret: 's3cret', retry: { attempts: 2, delayMs: 5, maxDelayMs: 20 } },
  atStep: (step) => { if (step === crashAt) crash() }
})
process.send?.('ready')
await new Promise((resolve) => process.once('message', resolve))
const { plugin, from } = await cache.ensure(artefact, { type: 'user', id: 'ada' })
process.send?.({ from, integrity: plugin.integrity, bundle: plugin.bundle.length })
await cache.close()
process.disconnect?.()

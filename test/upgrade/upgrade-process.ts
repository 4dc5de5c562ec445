/** An upgrade in a process of its own, as a service that starts: its options are the first argument, its lines the output. */
import { runUpgrade } from '../../upgrade/index.ts'

const { url, leaseMs } = JSON.parse(process.argv[2] ?? '{}') as { url: string, leaseMs: number } // as the tests give it

const ran = await runUpgrade({
  mongo: { url },
  plugins: { kind: 'dir', dir: '/nowhere' },
  publish: { tmpDir: '/nowhere' },
  interrupted: { code: 'interrupted', params: {}, message: 'the run was interrupted' },
  leaseMs,
  log: line => process.stdout.write(`${line}\n`)
})
process.stdout.write(`ran ${JSON.stringify(ran)}\n`)

/** A child process that runs one plugin in plain Node, with the context that authors have in their tests. Tells its log and its failure by IPC. */
import { createRequire } from 'node:module'
import { context } from '../../testing/index.js'

const [folder = '', config = '{}', dir = '', tmpDir = ''] = process.argv.slice(2)
const processing = context({ processingConfig: JSON.parse(config), processingId: 'compared', dir, tmpDir })
process.chdir(dir)

const { run } = createRequire(`${folder}/index.js`)(folder) as { run (context: unknown): Promise<void> }
const error = await Promise.resolve(run(processing)).then(() => undefined, (error: Error) => `${error.name}: ${error.message}`)
process.send?.({ lines: processing.lines, error }, () => process.exit(0))

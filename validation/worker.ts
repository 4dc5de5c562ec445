/** The entry of a thread that checks configurations. It holds no secret of the service; it may be ended at any moment. */
import { parentPort } from 'node:worker_threads'
import { Validators } from './validators.ts'
import type { CheckTask, ThreadMessage } from './types.ts'

const validators = new Validators()
const send = (message: ThreadMessage): void => parentPort?.postMessage(message)

parentPort?.on('message', (task: CheckTask) => {
  send({ op: 'done', answer: validators.check(task, answer => send({ op: 'first', answer })) })
})
send({ op: 'ready' })

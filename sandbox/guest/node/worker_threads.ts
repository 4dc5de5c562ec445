/** `worker_threads`: a run is the main thread of its world, and has no other. Worker is refused. */
import { parts } from '../parts.ts'

const { BroadcastChannel, MessageChannel, MessagePort, receiveMessageOnPort } = parts.messaging()
const environment = new Map<unknown, unknown>()

export default {
  isMainThread: true,
  isInternalThread: false,
  parentPort: null,
  workerData: null,
  threadId: 0,
  threadName: '',
  resourceLimits: {},
  SHARE_ENV: Symbol.for('nodejs.worker_threads.SHARE_ENV'),
  BroadcastChannel,
  MessageChannel,
  MessagePort,
  receiveMessageOnPort,
  getEnvironmentData: (key: unknown) => environment.get(key),
  setEnvironmentData: (key: unknown, value: unknown) => { if (value === undefined) environment.delete(key); else environment.set(key, value) },
  markAsUntransferable: () => {},
  markAsUncloneable: () => {},
  isMarkedAsUntransferable: () => false
}

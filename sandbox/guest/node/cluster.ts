/** `cluster`: a run is the primary process of its world, and has no other. */
import EventEmitter from './events.ts'

const Emitter = EventEmitter as unknown as new () => object
export default Object.assign(new Emitter(), { isMaster: true, isPrimary: true, isWorker: false, workers: {}, settings: {}, SCHED_NONE: 1, SCHED_RR: 2, schedulingPolicy: 2 })

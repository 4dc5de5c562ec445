/** `events.EventEmitterAsyncResource`: an emitter whose listeners see the stores (AsyncLocalStorage) of where it was made. */
import asyncHooks from './async_hooks.ts'
import EventEmitter from './events.ts'

interface Options { readonly name?: string, readonly captureRejections?: boolean }
interface Emitter { emit (type: unknown, ...args: unknown[]): boolean }

const Base = EventEmitter as unknown as new (options?: object) => Emitter // callable without `new`, which no type says

export class EventEmitterAsyncResource extends Base {
  readonly #resource: InstanceType<typeof asyncHooks.AsyncResource>

  /** `options`: a name, or an object that may have one. */
  constructor (options: string | Options = {}) {
    const { name, ...rest } = typeof options === 'string' ? { name: options } : options
    super(rest)
    this.#resource = new asyncHooks.AsyncResource(name ?? new.target.name)
  }

  override emit (type: unknown, ...args: unknown[]): boolean {
    return this.#resource.runInAsyncScope(super.emit as (...args: unknown[]) => unknown, this, type, ...args) as boolean // what emit answers
  }

  emitDestroy (): void { this.#resource.emitDestroy() }
  get asyncId (): number { return this.#resource.asyncId() }
  get triggerAsyncId (): number { return this.#resource.triggerAsyncId() }
  get asyncResource (): object { return this.#resource }
}

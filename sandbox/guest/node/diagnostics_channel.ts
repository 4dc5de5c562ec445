/** `diagnostics_channel`: named channels of the isolate. Nothing of the platform publishes on one. */
import { uncaught } from '../turns.ts'
import { checkFunction, invalidArgType } from './invalid-argument.ts'

type Name = string | symbol
type Listener = (message: unknown, name: Name) => void
interface Store { run (store: unknown, fn: () => unknown): unknown }
type Transform = (data: unknown) => unknown

const channels = new Map<Name, Channel>()

class Channel {
  readonly name: Name
  readonly #subscribers: Listener[] = []
  readonly #stores = new Map<Store, Transform | undefined>()

  constructor (name: Name) { this.name = name }
  get hasSubscribers (): boolean { return this.#subscribers.length > 0 || this.#stores.size > 0 }

  subscribe (listener: Listener): void {
    checkFunction('subscription', listener)
    this.#subscribers.push(listener)
  }

  unsubscribe (listener: Listener): boolean {
    const at = this.#subscribers.indexOf(listener)
    if (at >= 0) this.#subscribers.splice(at, 1)
    return at >= 0
  }

  bindStore (store: Store, transform?: Transform): void { this.#stores.set(store, transform) }
  unbindStore (store: Store): boolean { return this.#stores.delete(store) }

  publish (message: unknown): void {
    for (const listener of [...this.#subscribers]) {
      try {
        listener(message, this.name)
      } catch (error) {
        process.nextTick(uncaught, error) // a listener's fault is not the publisher's
      }
    }
  }

  runStores (message: unknown, fn: (...args: unknown[]) => unknown, thisArg?: unknown, ...args: unknown[]): unknown {
    let run = (): unknown => {
      this.publish(message)
      return Reflect.apply(fn, thisArg, args)
    }
    for (const [store, transform] of this.#stores) {
      const inner = run
      run = () => store.run(transform === undefined ? message : transform(message), inner)
    }
    return run()
  }
}

function channel (name: Name): Channel {
  if (typeof name !== 'string' && typeof name !== 'symbol') throw invalidArgType('channel', 'of type string or symbol', name)
  const known = channels.get(name) ?? new Channel(name)
  channels.set(name, known)
  return known
}

const EVENTS = ['start', 'end', 'asyncStart', 'asyncEnd', 'error'] as const
type Event = typeof EVENTS[number]
type Handlers = Partial<Record<Event, Listener>>
type Context = Record<string, unknown>

/** Five channels around one operation. */
class TracingChannel {
  readonly start: Channel
  readonly end: Channel
  readonly asyncStart: Channel
  readonly asyncEnd: Channel
  readonly error: Channel

  constructor (source: string | Readonly<Record<Event, Channel>>) {
    const of = (event: Event): Channel => typeof source === 'string' ? channel(`tracing:${source}:${event}`) : source[event]
    this.start = of('start')
    this.end = of('end')
    this.asyncStart = of('asyncStart')
    this.asyncEnd = of('asyncEnd')
    this.error = of('error')
  }

  get hasSubscribers (): boolean { return EVENTS.some(event => this[event].hasSubscribers) }

  subscribe (handlers: Handlers): void {
    for (const event of EVENTS) if (handlers[event] !== undefined) this[event].subscribe(handlers[event])
  }

  unsubscribe (handlers: Handlers): boolean {
    return EVENTS.map(event => handlers[event] === undefined || this[event].unsubscribe(handlers[event])).every(Boolean)
  }

  traceSync (fn: (...args: unknown[]) => unknown, context: Context = {}, thisArg?: unknown, ...args: unknown[]): unknown {
    if (!this.hasSubscribers) return Reflect.apply(fn, thisArg, args)
    return this.start.runStores(context, () => {
      try {
        context['result'] = Reflect.apply(fn, thisArg, args)
        return context['result']
      } catch (error) {
        this.#failed(context, error)
        throw error
      } finally {
        this.end.publish(context)
      }
    })
  }

  tracePromise (fn: (...args: unknown[]) => unknown, context: Context = {}, thisArg?: unknown, ...args: unknown[]): unknown {
    if (!this.hasSubscribers) return Reflect.apply(fn, thisArg, args)
    return this.start.runStores(context, () => {
      try {
        return Promise.resolve(Reflect.apply(fn, thisArg, args)).then(
          value => this.#settled(context, () => {
            context['result'] = value
            return value
          }),
          (error: unknown) => {
            this.#failed(context, error)
            return this.#settled(context, () => { throw error })
          })
      } catch (error) {
        this.#failed(context, error)
        throw error
      } finally {
        this.end.publish(context)
      }
    })
  }

  traceCallback (fn: (...args: unknown[]) => unknown, position = -1, context: Context = {}, thisArg?: unknown, ...args: unknown[]): unknown {
    if (!this.hasSubscribers) return Reflect.apply(fn, thisArg, args)
    const callback = args.at(position)
    checkFunction('callback', callback)
    const traced = (error: unknown, result: unknown, ...rest: unknown[]): unknown => this.#settled(context, () => {
      if (error) this.#failed(context, error)
      else context['result'] = result
      return callback(error, result, ...rest)
    })
    args.splice(position, 1, traced)
    return this.start.runStores(context, () => {
      try {
        return Reflect.apply(fn, thisArg, args)
      } catch (error) {
        this.#failed(context, error)
        throw error
      } finally {
        this.end.publish(context)
      }
    })
  }

  #failed (context: Context, error: unknown): void {
    context['error'] = error
    this.error.publish(context)
  }

  #settled (context: Context, body: () => unknown): unknown {
    return this.asyncStart.runStores(context, () => {
      try {
        return body()
      } finally {
        this.asyncEnd.publish(context)
      }
    })
  }
}

export default {
  channel,
  hasSubscribers: (name: Name): boolean => channels.get(name)?.hasSubscribers ?? false,
  subscribe: (name: Name, listener: Listener): void => { channel(name).subscribe(listener) },
  unsubscribe: (name: Name, listener: Listener): boolean => channel(name).unsubscribe(listener),
  tracingChannel: (source: string | Readonly<Record<Event, Channel>>): TracingChannel => new TracingChannel(source),
  Channel
}

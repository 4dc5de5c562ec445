/** `context.ws` of a test: events of datasets, over the WebSocket of data-fair. */
import { EventEmitter, once } from 'node:events'
import WebSocket from 'ws'

export class DataFairSocket extends EventEmitter {
  #config
  #log
  /** A promise of the connection that is open, or being opened. */
  #opened
  #channels = new Set()

  constructor (config, log) {
    super()
    this.#config = config
    this.#log = log
  }

  async subscribe (channel, force = false, timeoutMs = 2_000) {
    if (this.#channels.has(channel) && !force) return
    const socket = await this.#open()
    socket.send(JSON.stringify({ type: 'subscribe', channel, apiKey: this.#config.dataFairAPIKey }))
    const answer = await this.#next(message => message.channel === channel && /^(?:subscribe-confirm|error)$/.test(message.type), timeoutMs, `the confirmation of ${channel}`)
    if (answer.type === 'error') throw new Error(`data-fair refuses the channel ${channel}: ${text(answer.data)}`)
    this.#channels.add(channel)
  }

  async waitFor (channel, filter = () => true, timeoutMs = 300_000) {
    // Heard from the start: what comes between the confirmation and the wait is not missed.
    const event = this.#next(message => message.type === 'message' && message.channel === channel && filter(message.data), timeoutMs, `an event of ${channel}`)
    event.catch(() => {}) // told below, unless the subscription has failed already
    await this.subscribe(channel)
    return (await event).data
  }

  async waitForJournal (datasetId, eventType, timeoutMs = 300_000) {
    this.#log.testInfo(`wait for event "${eventType}" on dataset "${datasetId}"`)
    const event = await this.waitFor(`datasets/${datasetId}/journal`, ({ type }) => type === eventType || type === 'error', timeoutMs)
    if (event.type === 'error') throw new Error(text(event.data))
    return event
  }

  close () {
    this.#opened?.then(socket => socket.terminate(), () => {})
    this.#opened = undefined
    this.#channels.clear()
    this.emit('closed')
  }

  #open () {
    this.#opened ??= this.#connect()
    return this.#opened
  }

  async #connect () {
    const { dataFairUrl } = this.#config
    if (!dataFairUrl) throw new Error('the journal of a dataset was asked for, and the test was given no dataFairUrl')
    const url = `${dataFairUrl.replace(/^http/, 'ws').replace(/\/$/, '')}/`
    this.#log.testDebug(`WebSocket to ${url}`)
    const socket = new WebSocket(url)
    socket.on('message', bytes => {
      const message = JSON.parse(bytes.toString())
      this.#log.testDebug('message', message)
      this.emit('message', message)
    })
    socket.on('close', () => {
      this.#opened = undefined
      this.#channels.clear()
    })
    await once(socket, 'open')
    socket.on('error', error => this.#log.testDebug(`the WebSocket failed: ${error.message}`))
    return socket
  }

  #next (accept, timeoutMs, what) {
    return new Promise((resolve, reject) => {
      const end = act => value => {
        clearTimeout(timer)
        this.off('message', onMessage)
        this.off('closed', onClosed)
        act(value)
      }
      const onMessage = message => { if (accept(message)) end(resolve)(message) }
      const onClosed = () => end(reject)(new Error(`${what} was awaited, and the test was cleaned up`))
      const timer = setTimeout(() => end(reject)(new Error(`${what} did not come within ${timeoutMs} ms`)), timeoutMs)
      this.on('message', onMessage)
      this.on('closed', onClosed)
    })
  }
}

function text (data) {
  return typeof data === 'string' ? data : JSON.stringify(data)
}

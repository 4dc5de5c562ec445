/** Reads a text/event-stream (WHATWG HTML, section 9.2): what a browser's EventSource does, without its reconnection. */

export interface StreamEvent {
  readonly event: string
  readonly id: string
  readonly data: string
}

const mostCharacters = 8 * 1024 * 1024

/** Yields each event as soon as its empty line has come. Throws when one event passes 8 M characters. */
export async function * readEvents (body: AsyncIterable<Uint8Array>): AsyncGenerator<StreamEvent> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const chunk of body) {
    const blocks = (rest + decoder.decode(chunk, { stream: true })).replaceAll('\r\n', '\n').split('\n\n')
    rest = blocks.pop() ?? ''
    if (rest.length > mostCharacters) throw new Error(`an event of at most ${mostCharacters} characters was expected`)
    for (const block of blocks) {
      const event = parseEvent(block)
      if (event !== undefined) yield event
    }
  }
}

/** Undefined for a block without data, such as a comment that keeps the connection open. */
function parseEvent (block: string): StreamEvent | undefined {
  const fields = block.split('\n').map(line => /^([^:]*)(?:: ?(.*))?$/.exec(line) ?? [])
  const last = (name: string): string | undefined => fields.findLast(field => field[1] === name)?.[2]
  const data = fields.filter(field => field[1] === 'data').map(field => field[2] ?? '')
  return data.length === 0 ? undefined : { event: last('event') ?? 'message', id: last('id') ?? '', data: data.join('\n') }
}

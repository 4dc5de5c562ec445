/** What the driver asks of a server, as it goes out. */
import { MongoClient, type CommandStartedEvent, type Document } from 'mongodb'

/** One question: which documents, in which order. */
export interface Question {
  readonly command: string
  readonly collection: string
  readonly filter: Document
  readonly sort: Document
  /** As it was sent, for `explain`. */
  readonly sent: Document
}

/** While `use` runs; its connections need `monitorCommands=true` in their address. */
export async function commandsOf (use: () => Promise<void>): Promise<Document[]> {
  const commands: Document[] = []
  const emit = MongoClient.prototype.emit
  MongoClient.prototype.emit = function (name: string | symbol, ...args: unknown[]): boolean {
    if (name === 'commandStarted') commands.push((args[0] as CommandStartedEvent).command) // what this event carries
    return Reflect.apply(emit, this, [name, ...args]) as boolean // as the original
  }
  try {
    await use()
  } finally {
    MongoClient.prototype.emit = emit
  }
  return commands
}

export function questionsOf (commands: readonly Document[]): Question[] {
  return commands.flatMap(sent => {
    const ask = (command: string, filter: Document, sort: Document = {}): Question => ({ command, collection: sent[command], filter, sort: sort instanceof Map ? Object.fromEntries(sort) : sort, sent })
    if ('find' in sent) return [ask('find', sent.filter, sent.sort)]
    if ('aggregate' in sent) return [ask('aggregate', sent.pipeline[0]?.$match ?? {}, sent.pipeline[1]?.$sort)]
    if ('findAndModify' in sent) return [ask('findAndModify', sent.query, sent.sort)]
    if ('update' in sent) return sent.updates.map(({ q }: Document) => ask('update', q))
    if ('delete' in sent) return sent.deletes.map(({ q }: Document) => ask('delete', q))
    return []
  })
}

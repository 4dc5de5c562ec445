/** A mail server that keeps what it is given: enough of SMTP (RFC 5321) for a client that neither logs in nor encrypts. */
import { createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'

interface ReceivedMail {
  readonly from: string
  readonly to: readonly string[]
  /** Headers and body as they came, without the dots of transparency. */
  readonly data: string
}

export interface SmtpServer {
  readonly port: number
  readonly mails: ReceivedMail[]
  readonly openSockets: number
  close(): Promise<void>
}

export interface SmtpServerOptions {
  /** Recipients that are answered with 550. */
  readonly refuse?: readonly string[]
  /** Answers 554 after the data of each mail. */
  readonly refuseData?: boolean
  /** Greets, and answers nothing more. */
  readonly silent?: boolean
}

export async function startSmtp (options: SmtpServerOptions = {}): Promise<SmtpServer> {
  const mails: ReceivedMail[] = []
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => {}) // a client that leaves in a hurry is none of the tests' business
    converse(socket, options, (mail) => mails.push(mail))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    mails,
    get openSockets () { return sockets.size },
    close: async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise<void>((resolve) => { server.close(() => resolve()) })
    }
  }
}

function converse (socket: Socket, { refuse = [], refuseData = false, silent = false }: SmtpServerOptions, onMail: (mail: ReceivedMail) => void): void {
  let mail = { from: '', to: [] as string[] }
  let data: string[] | undefined
  let rest = ''
  const say = (line: string): void => { socket.write(`${line}\r\n`) }
  say('220 localhost ESMTP')
  socket.setEncoding('utf8')
  socket.on('data', (chunk: string) => {
    if (silent) return
    const lines = (rest + chunk).split('\r\n')
    rest = lines.pop() ?? ''
    for (const line of lines) {
      if (data === undefined) command(line)
      else if (line !== '.') data.push(line.replace(/^\./, ''))
      else endOfData(data)
    }
  })

  function command (line: string): void {
    const verb = line.slice(0, 4).toUpperCase()
    const address = /<([^>]*)>/.exec(line)?.[1] ?? ''
    if (verb === 'EHLO' || verb === 'HELO') say('250 localhost')
    else if (verb === 'MAIL') reset(address)
    else if (verb === 'RCPT') recipient(address)
    else if (verb === 'DATA') startData()
    else if (verb === 'RSET') reset('')
    else if (verb === 'NOOP') say('250 OK')
    else if (verb === 'QUIT') socket.end('221 Bye\r\n')
    else say('502 Command not implemented')
  }

  function reset (from: string): void {
    mail = { from, to: [] }
    say('250 OK')
  }

  function recipient (address: string): void {
    if (refuse.includes(address)) return say(`550 <${address}>: no such mailbox`)
    mail.to.push(address)
    say('250 OK')
  }

  function startData (): void {
    if (mail.to.length === 0) return say('503 No recipients')
    data = []
    say('354 End with .')
  }

  function endOfData (lines: string[]): void {
    data = undefined
    if (refuseData) return say('554 Message refused by policy')
    onMail({ ...mail, data: lines.join('\r\n') })
    say('250 OK: queued')
  }
}

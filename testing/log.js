/** The log of a plugin under test: printed, and kept for assertions. */
import { inspect, styleText } from 'node:util'

const styles = { step: ['blueBright', 'bold'], error: ['red', 'bold'], warning: ['yellow'], info: ['blueBright'], debug: ['gray'], task: ['yellow'], progress: ['green'], test: ['magenta'] }
const DENSE = 200

/** `lines` gets one object for each call of the plugin. */
export function createLog (lines, debug, testDebug) {
  const write = (type, msg, extra, shown = true) => {
    lines.push(extra === undefined ? { type, msg } : { type, msg, extra })
    if (shown) print(type, msg, extra)
  }
  const warning = async (msg, extra) => write('warning', msg, extra)
  return {
    step: async msg => write('step', msg),
    error: async (msg, extra) => write('error', msg, extra),
    warning,
    warn: warning,
    info: async (msg, extra) => write('info', msg, extra),
    debug: async (msg, extra) => write('debug', msg, extra, debug),
    task: async msg => write('task', msg),
    async progress (msg, progress, total) {
      lines.push({ type: 'progress', msg, progress, total })
      print('progress', `${msg} - ${progress} / ${total}`)
    },
    testInfo: (msg, extra) => print('test', msg, extra),
    testDebug: (msg, extra) => { if (testDebug) print('test', msg, extra) }
  }
}

function print (type, msg, extra) {
  const text = paint(styles[type], `[${new Date().toTimeString().slice(0, 8)}]${type === 'test' || type === 'debug' ? `[${type}]` : ''} ${msg}`)
  if (extra === undefined) console.log(text)
  else console.log(text, dense(extra))
}

/** `styleText` looks at the terminal only since Node 22. */
function paint (style, text) {
  return process.stdout.isTTY && !process.env.NO_COLOR ? style.reduce((done, one) => styleText(one, done), text) : text
}

/** Small values on one line. */
function dense (extra) {
  if (typeof extra !== 'object' || extra === null || extra instanceof Error) return extra
  try {
    const json = JSON.stringify(extra)
    if (json.length < DENSE) return json
  } catch {
    // It has a cycle, or values that JSON does not know.
  }
  return inspect(extra, { depth: 4 })
}

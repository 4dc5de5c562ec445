/** SIGINT and SIGTERM, as a person means them: once to end in order, twice to end at once. */

/** npm passes on to its child the Ctrl-C that the terminal has sent to both: two signals so close together are one wish. */
const sameWishMs = 500

/** Resolves at the first signal. One that follows later than half a second ends the process with `exitCode`. */
export function interruption (exitCode: number): Promise<NodeJS.Signals> {
  return new Promise(resolve => {
    let firstAt: number | undefined
    const onSignal = (signal: NodeJS.Signals): void => {
      const now = performance.now()
      firstAt ??= now
      if (now - firstAt > sameWishMs) process.exit(exitCode)
      resolve(signal)
    }
    process.on('SIGINT', onSignal)
    process.on('SIGTERM', onSignal)
  })
}

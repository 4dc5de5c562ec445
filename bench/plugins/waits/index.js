// Is alive, and does nothing, until it is told to stop.
let stop = () => {}
const stopped = new Promise(resolve => { stop = resolve })

exports.run = async ({ log }) => {
  await log.info('waiting')
  const timer = setTimeout(() => {}, 60_000)
  await stopped
  clearTimeout(timer)
}

exports.stop = async () => stop()

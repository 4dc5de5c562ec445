const linesPerPage = 25

let stopped = false

export async function run ({ processingConfig, log }) {
  const { pages = 20, pauseMs = 100 } = processingConfig
  const lines = pages * linesPerPage

  await log.step('Read')
  await log.task('Pages read')
  for (let page = 1; page <= pages; page++) {
    if (stopped) return log.info('Stopped before the end')
    await pause(pauseMs)
    await log.progress('Pages read', page, pages)
  }

  await log.step('Write')
  await log.task('Lines written')
  for (let line = linesPerPage; line <= lines; line += linesPerPage) {
    if (stopped) return log.info('Stopped before the end')
    await pause(pauseMs / 2)
    await log.progress('Lines written', line, lines)
  }
  await log.info(`${lines} lines from ${pages} pages`)
}

export async function stop () {
  stopped = true
}

const pause = ms => new Promise(resolve => setTimeout(resolve, ms))

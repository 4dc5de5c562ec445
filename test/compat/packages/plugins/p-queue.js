exports.run = async ({ log }) => {
  const { default: PQueue } = await import('p-queue')
  const queue = new PQueue({ concurrency: 1 })
  const order = []
  queue.add(async () => order.push('first'))
  queue.add(async () => order.push('low'), { priority: 0 })
  queue.add(async () => order.push('high'), { priority: 1 })
  await queue.onIdle()
  await log.info('order', order)
}

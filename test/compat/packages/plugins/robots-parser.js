const robotsParser = require('robots-parser')

exports.run = async ({ log }) => {
  const robots = robotsParser('https://example.org/robots.txt', 'User-agent: *\nDisallow: /private\nCrawl-delay: 2\nSitemap: https://example.org/map.xml')
  await log.info(String(robots.isAllowed('https://example.org/private/a', 'bot')), [robots.getCrawlDelay('bot'), robots.getSitemaps()])
}

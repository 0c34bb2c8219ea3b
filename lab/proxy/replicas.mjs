/** Three proxies behind nginx, restarted one after the other under load: no request is lost or sent twice. */

import http from 'node:http'
import { setTimeout } from 'node:timers/promises'

import { freePort } from '../../testkit/listen.mjs'
import { secret } from '../../testkit/secrets.mjs'
import { answerOf, chat, said } from './load.mjs'
import { checkInstalled, startNginx } from './nginx.mjs'
import { startTestbed } from './testbed.mjs'

const REPLICAS = 3
const CLIENTS = 16
const PAUSE_MS = 300

/** @param {{ program: string, rounds: number }} setting */
export const replicas = async ({ program, rounds }) => {
  checkInstalled('nginx')
  const testbed = await startTestbed(program, {
    answerOf,
    pauseMs: 5,
  })
  const key = secret('local-key')
  const ports = []
  for (let at = 0; at < REPLICAS; at++) ports.push(await freePort())
  const start = (/** @type {number} */ port) =>
    testbed.proxy({ key, listen: `127.0.0.1:${port}`, flags: ['--allow-host', 'proxies'] })
  const proxies = await Promise.all(ports.map(start))
  const nginx = await startBalancer(ports)
  const counts = { sent: 0, answered: 0, restarts: 0 }
  const state = { isOver: false }
  /** @type {string[]} */
  const wrong = []
  const agent = new http.Agent({ keepAlive: true })
  const client = async (/** @type {number} */ number) => {
    for (let turn = 0; !state.isOver; turn++) {
      const question = `q-${number}-${turn}`
      counts.sent += 1
      const answer = await chat({ origin: nginx.origin, key, question, stream: turn % 3 === 0, agent })
      const isRight = answer.status === 200 && said(answer.body ?? '') === answerOf(question)
      if (isRight) counts.answered += 1
      else wrong.push(`${question}: ${JSON.stringify(answer)}`)
    }
  }
  try {
    const clients = Array.from({ length: CLIENTS }, (_, number) => client(number))
    for (let round = 0; round < rounds; round++) {
      for (const [at, port] of ports.entries()) {
        const code = await proxies[at].stop()
        if (code !== 0) wrong.push(`a replica ended with ${code}`)
        proxies[at] = await start(port)
        counts.restarts += 1
        await setTimeout(PAUSE_MS)
      }
    }
    state.isOver = true
    await Promise.all(clients)
  } finally {
    state.isOver = true
    agent.destroy()
    await nginx.stop()
    await Promise.all(proxies.map((proxy) => proxy.stop()))
    await testbed.close()
  }
  const seen = new Map()
  for (const { body } of testbed.azure.requests) {
    const question = JSON.parse(body).messages[0].content
    seen.set(question, (seen.get(question) ?? 0) + 1)
  }
  const twice = [...seen].filter(([, times]) => times > 1).map(([question]) => question)
  console.table({ ...counts, lost: counts.sent - counts.answered, 'sent twice': twice.length })
  for (const line of [...wrong, ...twice.map((question) => `${question}: sent twice`)].slice(0, 20))
    console.log(line)
  return wrong.length + twice.length === 0 && seen.size === counts.sent
}

/** nginx as a load balancer usually is: by HTTP/1.1 with connections kept, and its own rules of what may be sent again. */
const startBalancer = async (/** @type {number[]} */ ports) => {
  const port = await freePort()
  const servers = ports.map((port) => `server 127.0.0.1:${port} max_fails=0;`).join(' ')
  const running = await startNginx(
    `listen 127.0.0.1:${port};
    location / {
      proxy_pass http://proxies; proxy_http_version 1.1; proxy_buffering off; proxy_set_header Connection "";
    }`,
    `upstream proxies { ${servers} keepalive 32; }`,
  )
  return { ...running, origin: `http://127.0.0.1:${port}` }
}

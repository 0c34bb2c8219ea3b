/** What a request costs in the proxy, beside nginx, a small proxy in Node, and LiteLLM. Linux, with nginx and wrk. */

import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import http2 from 'node:http2'
import http from 'node:http'
import https from 'node:https'
import { cpus, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { promisify } from 'node:util'

import { markdownTable } from '../../scripts/support/markdown-table.mjs'
import { StepFailed } from '../../scripts/support/run.mjs'
import { writeSections } from '../../scripts/support/sections.mjs'
import { chatCompletion } from '../../testkit/chat-completions.mjs'
import { close, freePort, listen } from '../../testkit/listen.mjs'
import { tls } from '../../testkit/tls.mjs'
import { saveResults } from '../support/report.mjs'
import { median } from '../support/statistics.mjs'
import { sides } from './bench-sides.mjs'
import { residentMebibytes } from './load.mjs'
import { checkInstalled, startNginx } from './nginx.mjs'

const execute = promisify(execFile)
/** Of the kernel's clock, in which processes are charged. */
const TICKS = 100
const TARGET = '/openai/v1/chat/completions'
const STREAMS = [200, 2000]
/** The proxy takes so many streams of one connection of HTTP/2, and fewer connections than streams are asked for. */
const STREAMS_EACH = 125
const OPEN_MS = 60_000

/** @typedef {import('./bench-sides.mjs').Running} Running */

/** @param {{ program: string, python?: string, rounds: number, seconds: number, publish: boolean }} setting */
export const bench = async ({ program, python, rounds, seconds, publish }) => {
  checkInstalled('nginx', 'wrk')
  const folder = mkdtempSync(join(tmpdir(), 'entra-bench-'))
  const { caFile, ...certificate } = await tls()
  const upstream = await startUpstream(folder, certificate)
  const all = sides({ program, python })
  const load = { before: loadavg()[0], after: 0 }
  /** @type {Record<string, { cpu: number[], rate: number[], p50: number[], p99: number[] }>} */
  const samples = {}
  try {
    for (let round = 0; round < rounds; round++) {
      const direct = await run(folder, { origin: upstream.origin, key: 'none', connections: 1, seconds })
      for (const [name, start] of Object.entries(all)) {
        const running = await start({ upstream: upstream.origin, caFile })
        await run(folder, { ...running, connections: 16, seconds: 1 })
        const before = cpuOf(running.pid)
        const busy = await run(folder, { ...running, connections: 16, seconds })
        const cpu = ((cpuOf(running.pid) - before) / busy.requests) * 1e6
        const alone = await run(folder, { ...running, connections: 1, seconds })
        await running.stop()
        const kept = (samples[name] ??= { cpu: [], rate: [], p50: [], p99: [] })
        kept.cpu.push(cpu)
        kept.rate.push(busy.rate)
        kept.p50.push(alone.p50 - direct.p50)
        kept.p99.push(alone.p99 - direct.p99)
        console.error(
          `${name}: ${cpu.toFixed(1)} µs a request, ${busy.rate.toFixed(0)}/s, errors ${busy.errors}`,
        )
        if (busy.errors > 0) throw new StepFailed(`${name} answered ${busy.errors} requests with an error.`)
      }
    }
  } finally {
    await upstream.stop()
    rmSync(folder, { recursive: true, force: true })
  }
  /** @type {Record<string, number[]>} */
  const memory = {}
  for (const [name, start] of Object.entries(all)) {
    // LiteLLM reads whole answers of the stand-in's form, and takes minutes for so many streams.
    if (name !== 'LiteLLM')
      memory[name] = await memoryOf(start, { caFile, certificate, isOurs: name === 'proxy' })
  }
  load.after = loadavg()[0]
  const table = tableOf({ samples, memory, program })
  const [{ model }] = cpus()
  const conditions = `${process.platform} ${process.arch}, ${cpus().length} cores of ${model.trim()}; load average ${load.before.toFixed(1)} before, ${load.after.toFixed(1)} after. Medians of ${rounds} rounds.`
  console.log(`${conditions}\n\n${table}`)
  saveResults('proxy-bench', { conditions, samples, memory })
  if (publish) await writeSections('docs/performance.md', { 'bench:proxy': `${conditions}\n\n${table}` })
}

/** An nginx over TLS that answers at once, so that the upstream is no bottleneck. */
const startUpstream = async (
  /** @type {string} */ folder,
  /** @type {{ key: string, cert: string }} */ certificate,
) => {
  const [cert, key] = [join(folder, 'tls.crt'), join(folder, 'tls.key')]
  writeFileSync(cert, certificate.cert)
  writeFileSync(key, certificate.key)
  const answer = JSON.stringify(chatCompletion('The token was good, so here is your answer. '.repeat(10)))
  const port = await freePort()
  const running =
    await startNginx(`listen 127.0.0.1:${port} ssl; ssl_certificate ${cert}; ssl_certificate_key ${key};
    client_max_body_size 32m;
    location / { default_type application/json; return 200 '${answer}'; }`)
  return { ...running, origin: `https://localhost:${port}` }
}

/** What wrk sees of chats with a body of 1 kB. */
const run = async (
  /** @type {string} */ folder,
  /** @type {{ origin: string, key: string, target?: string, connections: number, seconds: number }} */
  { origin, key, target = TARGET, connections, seconds },
) => {
  const script = join(folder, 'chat.lua')
  const body = JSON.stringify({ model: 'chat', messages: [{ role: 'user', content: 'x'.repeat(1000) }] })
  writeFileSync(
    script,
    `wrk.method = "POST"\nwrk.body = '${body}'\nwrk.headers["content-type"] = "application/json"\nwrk.headers["authorization"] = "Bearer ${key}"\n`,
  )
  const args = ['-t1', `-c${connections}`, `-d${seconds}s`, '--latency', '-s', script, `${origin}${target}`]
  const { stdout } = await execute('wrk', args)
  const found = (/** @type {RegExp} */ form) => form.exec(stdout)?.[1]
  const micros = (/** @type {string} */ percent) => {
    const [, number, unit] = new RegExp(`${percent}%\\s+([\\d.]+)(us|ms|s)`).exec(stdout) ?? []
    return Number(number) * { us: 1, ms: 1000, s: 1e6 }[/** @type {'us' | 'ms' | 's'} */ (unit)]
  }
  return {
    requests: Number(found(/(\d+) requests in/)),
    rate: Number(found(/Requests\/sec:\s+([\d.]+)/)),
    errors: Number(found(/Non-2xx or 3xx responses: (\d+)/) ?? 0),
    p50: micros('50'),
    p99: micros('99'),
  }
}

/** Seconds of CPU that a process has used. @param {number} pid */
const cpuOf = (pid) => {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ')
  return (Number(fields[11]) + Number(fields[12])) / TICKS
}

/**
 * The memory after a first request, and while so many streams are open.
 *
 * @param {(setting: import('./bench-sides.mjs').Setting) => Promise<Running>} start
 * @param {{ caFile: string, certificate: { key: string, cert: string }, isOurs: boolean }} setting
 */
const memoryOf = async (start, { caFile, certificate, isOurs }) => {
  const open = { streams: 0 }
  const server = https.createServer(certificate, (incoming, outgoing) => {
    incoming.resume()
    outgoing.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: {}\n\n')
    open.streams += 1
    outgoing.on('close', () => (open.streams -= 1))
  })
  const upstream = `https://localhost:${await listen(server)}`
  const figures = []
  for (const wanted of [0, ...STREAMS]) {
    const running = await start({ upstream, caFile })
    await setTimeout(1000)
    const ends = []
    // Not all at once: the server of the test is slow with its handshakes, and a connection must come within 5 s.
    while (open.streams < wanted) {
      const count = Math.min(wanted - open.streams, STREAMS_EACH)
      const reached = open.streams + count
      ends.push(isOurs && wanted > 1000 ? overHttp2(running, count) : overHttp1(running, count))
      for (const until = Date.now() + OPEN_MS; open.streams < reached; await setTimeout(20)) {
        if (Date.now() > until) throw new StepFailed(`Only ${open.streams} of ${wanted} streams opened.`)
      }
    }
    await setTimeout(1000)
    figures.push(residentMebibytes(running.pid))
    for (const end of ends) end()
    await running.stop()
    open.streams = 0
  }
  await close(server)
  return figures
}

const headersOf = (/** @type {Running} */ { key }) => ({ authorization: `Bearer ${key}` })

/** Opens streams; gives what ends them. @param {Running} running @param {number} count */
const overHttp1 = (running, count) => {
  const agent = new http.Agent({ keepAlive: true, maxSockets: Infinity })
  const requests = Array.from({ length: count }, () => {
    const request = http.request(running.origin + TARGET, {
      method: 'POST',
      agent,
      headers: headersOf(running),
    })
    request.on('error', () => {})
    request.on('response', (response) => response.on('error', () => {}).resume())
    return request.end('{}')
  })
  return () => {
    for (const request of requests) request.destroy()
    agent.destroy()
  }
}

/** The same over one connection of HTTP/2. @param {Running} running @param {number} count */
const overHttp2 = (running, count) => {
  const session = http2.connect(running.origin)
  session.on('error', () => {})
  for (let at = 0; at < count; at++) {
    const stream = session.request({ ':method': 'POST', ':path': TARGET, ...headersOf(running) })
    stream.on('error', () => {}).resume()
    stream.end('{}')
  }
  return () => session.destroy()
}

/** @param {{ samples: Record<string, { cpu: number[], rate: number[], p50: number[], p99: number[] }>, memory: Record<string, number[]>, program: string }} seen */
const tableOf = ({ samples, memory, program }) => {
  const ratio = (/** @type {string} */ name) =>
    median(samples[name].cpu.map((cpu, round) => cpu / samples.proxy.cpu[round]))
  const rows = Object.entries(samples).map(([name, { cpu, rate, p50, p99 }]) => {
    const [idle, few, many] = (memory[name] ?? []).map((mebibytes) => mebibytes.toFixed(1))
    const millis = (/** @type {number[]} */ micros) => (median(micros) / 1000).toFixed(3)
    const cells = [
      name === 'proxy' ? '**azure-openai-entra-proxy**' : name,
      median(cpu).toFixed(1),
      `${ratio(name).toFixed(2)} ×`,
      Math.round(1e6 / median(cpu)).toLocaleString('en'),
      Math.round(median(rate)).toLocaleString('en'),
      millis(p50),
      millis(p99),
      ...[idle, few, many].map((cell) => cell ?? '–'),
    ]
    return cells
  })
  const heads = [
    'proxy',
    'CPU a request, µs',
    'CPU ÷ ours',
    'requests a second of one core',
    'measured, 16 connections',
    'added p50, ms',
    'added p99, ms',
    'memory idle, MiB',
    '200 streams',
    '2,000 streams',
  ]
  const size = (statSync(program).size / 1e6).toFixed(2)
  return [markdownTable(heads, rows), '', `The binary of this run has ${size} MB.`].join('\n')
}

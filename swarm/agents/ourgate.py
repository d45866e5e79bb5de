"""The gate before a step, in JavaScript, for CLIs that take a plugin of ours: opencode and pi.

`refusal(agent, tool, input)` runs `swarm permission step AGENT` for as long as a person thinks about it, and gives why
the step may not be taken, or undefined.  Only a clear yes is one.
"""

from __future__ import annotations

import json

from swarm.agents.gate import WORDS
from swarm.agents.own import PYTHON

ASK = """\
import { spawn } from "node:child_process"

const refusal = (agent, tool, input) =>
  new Promise((resolve) => {
    const nobody = "swarm permission could not ask anybody"
    const child = spawn(process.env.PYTHON, [...WORDS, agent], { stdio: ["pipe", "pipe", "ignore"] })
    let said = ""
    child.on("error", () => resolve(nobody))
    child.stdin.on("error", () => {}) // it has gone: its end says so
    child.stdout.on("data", (part) => (said += part))
    child.on("close", (status) => {
      try {
        const { allowed, why } = JSON.parse(said)
        resolve(status === 0 && allowed === true ? undefined : why || nobody)
      } catch {
        resolve(nobody)
      }
    })
    child.stdin.end(JSON.stringify({ tool_name: tool, tool_input: input ?? {} }))
  })

""".replace("PYTHON", PYTHON).replace("WORDS", json.dumps(WORDS)[1:-1]).replace("[...", "[")

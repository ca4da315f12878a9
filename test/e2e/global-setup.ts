// Makes the upstream's content once for all journeys.
import type { TestProject } from 'vitest/node';
import { makeContent } from './content.ts';
import type { Content } from './content.ts';
import { DockerRegistry } from './docker-registry.ts';
import { serverCommand } from './our-server.ts';
import { openPlace } from './place.ts';
import { runTool } from './tool.ts';

declare module 'vitest' {
  interface ProvidedContext {
    content: Content;
  }
}

/** Returns what ends it. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const [program, ...args] = serverCommand();
  const { stdout } = await runTool(program, [...args, '--version']).catch((cause: unknown) => {
    throw new Error(`${program} does not run: build it by \`make desktop\`, or name another in SERVER`, {
      cause,
    });
  });
  console.info(`under test: ${[program, ...args].join(' ')}: ${stdout.trim()}`);

  const place = await openPlace();
  try {
    const storage = await place.directory('storage');
    const registry = await DockerRegistry.start(place, storage);
    project.provide('content', await makeContent(place, registry, storage));
    await registry.kill();
  } catch (error) {
    await place.close();
    throw error;
  }
  return () => place.close();
}

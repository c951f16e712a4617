/** What a task of ours must be, whatever it is for: the promises of the design that a task definition can break. */
import { MANIFEST_VARIABLE, VOLUMES } from '../../../eval-runner/task/contract.js';
import type { ContainerDefinition, TaskLife } from './life.js';

export function complaintsAbout(life: TaskLife): string[] {
  const { definition, request } = life;
  const bad: string[] = [];
  const need = (holds: boolean, what: string): void => {
    if (!holds) bad.push(`task ${life.startedBy}: ${what}`);
  };
  const container = (name: string): ContainerDefinition | undefined =>
    definition.containerDefinitions.find((one) => one.name === name);
  const [fetch, extract, deliver] = ['fetch', 'extract', 'deliver'].map(container);
  if (fetch === undefined || extract === undefined || deliver === undefined)
    return [`task ${life.startedBy}: has not the containers fetch, extract and deliver`];

  need(definition.taskRoleArn === undefined && request.overrides?.taskRoleArn === undefined, 'has a role');
  need(request.enableExecuteCommand !== true, 'lets people execute commands in it');
  need(
    request.networkConfiguration?.awsvpcConfiguration?.assignPublicIp !== 'ENABLED',
    'has a public address',
  );
  need(/^docops-[0-9a-f]{40}-/.test(life.startedBy), 'has a startedBy that is not ours');
  need(request.clientToken !== undefined, 'has no client token');

  need(fetch.essential === false && extract.essential === false, 'ends when fetch or extract does');
  need(deliver.essential !== false, 'has no essential container');
  need(depends(extract, 'fetch', 'SUCCESS'), 'extract does not wait for fetch');
  need(depends(deliver, 'extract', 'COMPLETE'), 'deliver does not wait for extract');

  need(extract.readonlyRootFilesystem === true, 'extract can write to its root');
  need(!['', '0', 'root'].includes((extract.user ?? '').split(':')[0] ?? ''), 'extract is root');
  need(extract.privileged !== true, 'extract is privileged');
  need(extract.linuxParameters?.capabilities?.drop?.includes('ALL') === true, 'extract keeps capabilities');
  need(mounted(extract, VOLUMES.input.path)?.readOnly === true, 'extract can write to input');
  need(mounted(deliver, VOLUMES.work.path)?.readOnly === true, 'deliver can write to work');
  need(
    !JSON.stringify([extract, override(life, 'extract')]).includes(MANIFEST_VARIABLE),
    'extract is told where its manifest is',
  );
  for (const one of [fetch, deliver])
    need((one.secrets ?? []).length === 0, `${one.name} is given secrets of the extractor`);
  for (const one of definition.containerDefinitions) {
    need(
      one.startTimeout === undefined,
      `${one.name} has to be done within its startTimeout (120 s at most)`,
    );
    need(one.logConfiguration?.logDriver === 'awslogs', `${one.name} leaves no log`);
  }
  return bad;
}

const depends = ({ dependsOn = [] }: ContainerDefinition, on: string, condition: string): boolean =>
  dependsOn.some((one) => one.containerName === on && one.condition === condition);
const mounted = ({ mountPoints = [] }: ContainerDefinition, path: string) =>
  mountPoints.find(({ containerPath }) => containerPath === path);
const override = (life: TaskLife, container: string) =>
  life.request.overrides?.containerOverrides?.find(({ name }) => name === container) ?? {};

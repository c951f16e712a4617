/** A VPC in moto as tasks on Fargate need one: DNS hostnames, two subnets, a group that lets out little and one that lets out. */
import { CREDENTIALS, REGION } from './moto.js';

export interface Network {
  readonly subnets: readonly string[];
  readonly closedGroup: string;
  readonly openSubnets: readonly string[];
  readonly openGroup: string;
}

export async function makeNetwork(url: string): Promise<Network> {
  const ec2 = (action: string, parameters: Record<string, string>) => query(url, action, parameters);
  const vpc = idIn(await ec2('CreateVpc', { CidrBlock: '10.0.0.0/16' }), 'vpcId');
  await ec2('ModifyVpcAttribute', { VpcId: vpc, 'EnableDnsSupport.Value': 'true' });
  await ec2('ModifyVpcAttribute', { VpcId: vpc, 'EnableDnsHostnames.Value': 'true' });
  const subnet = async (number: number): Promise<string> =>
    idIn(await ec2('CreateSubnet', { VpcId: vpc, CidrBlock: `10.0.${number}.0/24` }), 'subnetId');
  const group = async (name: string): Promise<string> =>
    idIn(
      await ec2('CreateSecurityGroup', { VpcId: vpc, GroupName: name, GroupDescription: name }),
      'groupId',
    );
  return {
    subnets: [await subnet(1), await subnet(2)],
    closedGroup: await group('evaluation'),
    openSubnets: [await subnet(3)],
    openGroup: await group('evaluation-open'),
  };
}

/** EC2's API and that of logs are asked by hand: nothing else here needs their clients. */
async function query(url: string, action: string, parameters: Record<string, string>): Promise<string> {
  const answer = await fetch(url, {
    method: 'POST',
    headers: { authorization: authorization('ec2') },
    body: new URLSearchParams({ Action: action, Version: '2016-11-15', ...parameters }),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${action} failed in moto: ${text}`);
  return text;
}

export async function makeLogGroup(url: string, name: string): Promise<void> {
  const answer = await fetch(url, {
    method: 'POST',
    headers: {
      authorization: authorization('logs'),
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': 'Logs_20140328.CreateLogGroup',
    },
    body: JSON.stringify({ logGroupName: name }),
  });
  if (!answer.ok) throw new Error(`CreateLogGroup failed in moto: ${await answer.text()}`);
}

/** moto reads service and region in it and checks no signature. */
const authorization = (service: string): string =>
  `AWS4-HMAC-SHA256 Credential=${CREDENTIALS.accessKeyId}/20261123/${REGION}/${service}/aws4_request, SignedHeaders=host, Signature=0`;

function idIn(xml: string, name: string): string {
  const id = new RegExp(`<${name}>([^<]+)</${name}>`).exec(xml)?.[1];
  if (id === undefined) throw new Error(`moto's answer has no ${name}: ${xml}`);
  return id;
}

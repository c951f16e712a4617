"""Checks answers of ECS, one JSON object a line, against the service model that AWS publishes in botocore.

Prints each key that the model does not have, and each value of another type or outside of its enumeration.
"""
import json
import sys

import botocore.session

model = botocore.session.get_session().get_service_model('ecs')
KINDS = {
    'string': str, 'integer': int, 'long': int, 'boolean': bool, 'list': list, 'structure': dict, 'map': dict,
    'timestamp': (int, float), 'double': (int, float), 'float': (int, float),
}
checked = 0


def check(value, shape, place):
    global checked
    checked += 1
    kind = KINDS[shape.type_name]
    if not isinstance(value, kind) or (isinstance(value, bool) and shape.type_name != 'boolean'):
        print(f'{place}: {value!r} is no {shape.type_name}')
    elif shape.type_name == 'structure':
        for name, inner in value.items():
            if name in shape.members:
                check(inner, shape.members[name], f'{place}.{name}')
            else:
                print(f'{place}.{name}: the model has no such key')
    elif shape.type_name == 'list':
        for number, inner in enumerate(value):
            check(inner, shape.member, f'{place}[{number}]')
    elif shape.type_name == 'string' and shape.enum and value not in shape.enum:
        print(f'{place}: {value!r} is none of {shape.enum}')


for line in sys.stdin:
    answer = json.loads(line)
    check(answer['output'], model.operation_model(answer['operation']).output_shape, answer['operation'])
print(f'checked {checked}', file=sys.stderr)

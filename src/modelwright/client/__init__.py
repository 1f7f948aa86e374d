"""The client of a conversion service; needs ``modelwright[service]``.

from modelwright.client import Client

with Client("http://127.0.0.1:8080", token="mw_...") as client:
url = client.upload(Path("model_folder"))
task = client.create_task(NewTask(name="first", template="Onnx-To-TFLite", input=url, output=...))
task = client.wait(task.id)
"""

from modelwright.client.answers import Event
from modelwright.client.asynchronous import AsyncClient
from modelwright.client.sync import Client
from modelwright.service.logs.schemas import Line
from modelwright.service.projects.roles import Role
from modelwright.service.tasks.schemas import NewTask, Task, TaskChanges, TaskInfo
from modelwright.service.tasks.states import TaskStatus

__all__ = ["AsyncClient", "Client", "Event", "Line", "NewTask", "Role", "Task", "TaskChanges", "TaskInfo", "TaskStatus"]

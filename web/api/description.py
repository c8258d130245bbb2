"""The API's own description, as OpenAPI 3.1, and how one of its addresses is used, in a sentence."""

from __future__ import annotations

import re
from typing import Any

PREFIX = "/api/v1"
TEXT = {"type": "string"}
MAYBE_TEXT = {"type": ["string", "null"]}
NOTICE = {
    "type": "object",
    "required": ["reference", "title", "summary", "office", "phone", "address"],
    "properties": {
        **dict.fromkeys(("reference", "title", "summary", "topic", "office", "phone", "address"), TEXT),
        **dict.fromkeys(("document_number", "deadline", "valid_until", "published_at"), MAYBE_TEXT),
        "divisions": {"type": "array", "items": TEXT},
    },
}
ANSWER = {
    "type": "object",
    "properties": {**dict.fromkeys(("id", "question", "answer", "office", "phone", "source", "short", "where"), TEXT),
                   "valid_until": MAYBE_TEXT, "kind": {"enum": ["answer", "guide"]}, "asked": MAYBE_TEXT,
                   **{name: {"type": "array", "items": TEXT} for name in ("steps", "bring")},
                   "elements": {"type": "object", "additionalProperties": TEXT}, "address": {"type": "string", "format": "uri"}},
}
COUNT = {"type": "integer"}
QUEUED = {"type": "object", "required": ["job", "address"], "properties": {"job": TEXT, "address": TEXT}}
JOB = {
    "type": "object",
    "required": ["job", "state", "words", "progress"],
    "properties": {
        **dict.fromkeys(("job", "file_name", "words"), TEXT),
        "asked": {"enum": ["trial", "import"]},
        "state": {"enum": ["waiting", "running", "tried", "done", "refused", "failed"]},
        "progress": {"type": "object", "properties": {"stage": TEXT, "done": COUNT, "total": COUNT}},
        "report": {"type": ["object", "null"], "properties": {
            **dict.fromkeys(("read", "created", "updated", "rejected", "households", "residents"), COUNT),
            "warnings": {"type": "array", "items": TEXT}, "changes": {"type": "object"}}},
        "rejections": {"type": "array", "items": {"type": "object", "properties": {
            "row": COUNT, **dict.fromkeys(("column", "reason", "cure"), TEXT)}}},
    },
}
TABLE = {
    "type": "object",
    "required": ["file"],
    "properties": {
        "file": {"type": "string", "format": "binary", "description": "农户表，一人一行，.xlsx 或 .csv"},
        "ask": {"enum": ["trial", "import"], "default": "import", "description": "试导入（什么也不写入）或导入"},
        "complete_for": {"type": "string", "description": "这份表是哪个区划的完整名册；不写就只收表里有的"},
        "mapping": {"type": "string", "description": "JSON：文件里的表头 → 标准表头，空字符串表示不要这一列"},
    },
}
FAULT = {"type": "object", "required": ["error", "words"], "properties": {"error": TEXT, "words": TEXT}}


def described(public_url: str) -> dict[str, Any]:
    """The whole description; `public_url` stands as the one server."""
    return {
        "openapi": "3.1.0",
        "info": {"title": "直达公开接口", "version": "1.0.0", "description": "已发布的信息、已审核的答案；凭密钥提交农户表。"},
        "servers": [{"url": f"{public_url}{PREFIX}"}],
        "paths": {
            "/notices": {"get": _operation("本地有效的已发布信息", [
                _query("division", "区划代码（6、9 或 12 位）", {"type": "string", "pattern": "^[0-9]{6,12}$"}),
                _query("limit", "最多几条", {"type": "integer", "minimum": 1, "maximum": 50})],
                {"type": "object", "properties": {"notices": {"type": "array", "items": NOTICE}}})},
            "/notices/{reference}": {"get": _operation("一条信息的全文", [
                {"name": "reference", "in": "path", "required": True, "schema": TEXT}], {"type": "object"})},
            "/ask": {"get": _operation("问一句", [
                _query("q", "问题", {"type": "string", "minLength": 1, "maxLength": 500}, required=True),
                _query("division", "在哪个区划问", TEXT)],
                {"type": "object", "properties": {
                    "decision": {"enum": ["answer", "clarify", "hand_over"]},
                    "number": {"type": "string", "description": "这次提问的编号，评价时用"},
                    "answers": {"type": "array", "items": ANSWER}}})},
            "/ask/{number}": {"post": _judging()},
            **_imports(),
        },
        "components": {"securitySchemes": {"key": {
            "type": "http", "scheme": "bearer", "description": "接口密钥，由系统管理员用 zhida staff token 发放"}}},
    }


def usage(path: str) -> str:
    """With which method an address of this API is called and what is sent; empty for an address it does not have."""
    operations: dict[str, Any] = next((found for template, found in described("")["paths"].items()
                       if re.fullmatch(PREFIX + re.sub(r"\{\w+\}", "[^/]+", template), path)), {})
    return "".join(f"请用 {method.upper()}：{one['summary']}。{_sent(one)}" for method, one in operations.items())


def _sent(operation: dict[str, Any]) -> str:
    """The parameters and the body of an operation, by their names."""
    asked = [f"{one['name']}（{one['description']}{'，必填' if one['required'] else ''}）" for one in operation["parameters"] if one["in"] == "query"]
    bodies = operation.get("requestBody", {}).get("content", {})
    sent = [f"地址里带参数 {'、'.join(asked)}。"] if asked else []
    return "".join([*sent, *(f"正文是 {kind}，可写 {'、'.join(body['schema']['properties'])}。" for kind, body in bodies.items())])


def _judging() -> dict[str, Any]:
    judge = _operation("说答案有没有用，或者几个答案里要的是哪个", [
        {"name": "number", "in": "path", "required": True, "schema": TEXT}],
        {"type": "object", "properties": {"kept": {"type": "boolean"}}})
    judge["requestBody"] = {"required": True, "content": {"application/json": {"schema": {
        "type": "object", "properties": {"helpful": {"type": "boolean"}, "chosen": TEXT}}}}}
    return judge


def _imports() -> dict[str, Any]:
    """Household tables: brought with a key, worked on by the worker, looked at until they are done."""
    job = {"name": "job", "in": "path", "required": True, "schema": TEXT}
    bring = _operation("提交一份农户表，排队办理", [], QUEUED, done="202")
    bring["requestBody"] = {"required": True, "content": {"multipart/form-data": {"schema": TABLE}}}
    errors = _operation("拒收表：每一处错在哪一行哪一列、为什么、怎么改", [job], TEXT)
    errors["responses"]["200"]["content"] = {"text/csv": {"schema": TEXT}}
    told = {
        "": {"post": bring}, "/{job}": {"get": _operation("办到哪了，结果如何", [job], JOB)},
        "/{job}/import": {"post": _operation("试导入后同意导入", [job], QUEUED, done="202")},
        "/{job}/errors.csv": {"get": errors},
    }
    for operations in told.values():
        for operation in operations.values():
            operation["security"] = [{"key": []}]
            operation["responses"]["401"] = operation["responses"]["403"] = _body("密钥无效或没有权限", FAULT)
    return {f"/households/imports{path}": operations for path, operations in told.items()}


def _query(name: str, words: str, schema: dict[str, Any], *, required: bool = False) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": required, "description": words, "schema": schema}


def _operation(summary: str, parameters: list[dict[str, Any]], answer: dict[str, Any], done: str = "200") -> dict[str, Any]:
    return {"summary": summary, "parameters": parameters,
            "responses": {done: _body("好", answer), "400": _body("请求有误", FAULT), "404": _body("没有", FAULT),
                          "429": _body("太频繁", FAULT)}}


def _body(words: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": words, "content": {"application/json": {"schema": schema}}}

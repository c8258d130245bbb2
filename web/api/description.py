"""The API's own description, as OpenAPI 3.1."""

from __future__ import annotations

from typing import Any

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
    "properties": {**dict.fromkeys(("id", "question", "answer", "office", "phone", "source"), TEXT),
                   "valid_until": MAYBE_TEXT},
}
FAULT = {"type": "object", "required": ["error", "words"], "properties": {"error": TEXT, "words": TEXT}}


def described(public_url: str) -> dict[str, Any]:
    """The whole description; `public_url` stands as the one server."""
    return {
        "openapi": "3.1.0",
        "info": {"title": "直达公开接口", "version": "1.0.0", "description": "已发布的信息和已审核的答案。"},
        "servers": [{"url": f"{public_url}/api/v1"}],
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
                    "answers": {"type": "array", "items": ANSWER}}})},
        },
    }


def _query(name: str, words: str, schema: dict[str, Any], *, required: bool = False) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": required, "description": words, "schema": schema}


def _operation(summary: str, parameters: list[dict[str, Any]], answer: dict[str, Any]) -> dict[str, Any]:
    def body(words: str, schema: dict[str, Any]) -> dict[str, Any]:
        return {"description": words, "content": {"application/json": {"schema": schema}}}

    return {"summary": summary, "parameters": parameters,
            "responses": {"200": body("好", answer), "400": body("请求有误", FAULT), "404": body("没有", FAULT),
                          "429": body("太频繁", FAULT)}}

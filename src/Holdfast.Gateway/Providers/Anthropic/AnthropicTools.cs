using System.Text.Json;

namespace Holdfast.Gateway.Providers.Anthropic;

/// <summary>Tools and the choice among them.</summary>
internal static class AnthropicTools
{
    public static void Write(Utf8JsonWriter writer, in AnthropicFields fields, bool drop)
    {
        var any = WriteTools(writer, fields.Tools, drop);
        var single = IsSingle(fields.ParallelToolCalls);

        // Without tools neither field has a meaning, and Anthropic refuses them.
        if (any)
        {
            WriteChoice(writer, fields.ToolChoice, single, drop);
        }
    }

    private static bool WriteTools(Utf8JsonWriter writer, JsonView tools, bool drop)
    {
        if (tools.IsMissing)
        {
            return false;
        }

        if (!tools.IsArray)
        {
            throw AnthropicFields.Unsupported("tools", "it must be an array");
        }

        var any = false;
        var items = tools.Items();
        for (var i = 0; items.Next(); i++)
        {
            var tool = items.Value;
            if (!tool.IsObject)
            {
                throw AnthropicFields.Unsupported($"tools[{i}]", "it must be an object");
            }

            if (!AnthropicRequest.Member(tool, "type"u8).Says("function"u8))
            {
                AnthropicFields.Refuse(drop, $"tools[{i}].type", "only function tools can be carried to Anthropic");
                continue;
            }

            if (!any)
            {
                writer.WriteStartArray("tools"u8);
                any = true;
            }

            WriteTool(writer, tool, i);
        }

        if (any)
        {
            writer.WriteEndArray();
        }

        return any;
    }

    private static void WriteTool(Utf8JsonWriter writer, JsonView tool, int i)
    {
        var function = AnthropicRequest.Member(tool, "function"u8);
        if (!function.IsObject)
        {
            throw AnthropicFields.Unsupported($"tools[{i}].function", "it must be an object");
        }

        JsonView name = default, description = default, parameters = default, strict = default;
        var members = function.Members();
        while (members.Next())
        {
            switch (members.Name)
            {
                case var found when found.SequenceEqual("name"u8): name = members.Value; break;
                case var found when found.SequenceEqual("description"u8): description = members.Value; break;
                case var found when found.SequenceEqual("parameters"u8): parameters = members.Value; break;
                case var found when found.SequenceEqual("strict"u8): strict = members.Value; break;
            }
        }

        if (!name.IsString)
        {
            throw AnthropicFields.Unsupported($"tools[{i}].function.name", "it must be a string");
        }

        writer.WriteStartObject();
        AnthropicRequest.WriteRaw(writer, "name", name);
        if (description.IsString)
        {
            AnthropicRequest.WriteRaw(writer, "description", description);
        }

        WriteInputSchema(writer, parameters, i);
        if (strict.Kind == JsonTokenType.True)
        {
            writer.WriteBoolean("strict"u8, true);
        }

        var cacheControl = AnthropicRequest.Member(tool, "cache_control"u8);
        if (cacheControl.IsObject)
        {
            AnthropicRequest.WriteRaw(writer, "cache_control", cacheControl);
        }

        writer.WriteEndObject();
    }

    private static void WriteInputSchema(Utf8JsonWriter writer, JsonView parameters, int i)
    {
        if (!parameters.IsMissing && !parameters.IsObject)
        {
            throw AnthropicFields.Unsupported($"tools[{i}].function.parameters", "it must be an object");
        }

        if (parameters.IsMissing || !parameters.Members().Next())
        {
            writer.WritePropertyName("input_schema"u8);
            writer.WriteRawValue("{\"type\":\"object\",\"properties\":{}}"u8, skipInputValidation: true);
            return;
        }

        AnthropicRequest.WriteRaw(writer, "input_schema", parameters);
    }

    private static bool IsSingle(JsonView parallelToolCalls) => parallelToolCalls.Kind switch
    {
        JsonTokenType.False => true,
        JsonTokenType.True or JsonTokenType.Null or JsonTokenType.None => false,
        _ => throw AnthropicFields.Unsupported("parallel_tool_calls", "it must be true or false"),
    };

    private static void WriteChoice(Utf8JsonWriter writer, JsonView choice, bool single, bool drop)
    {
        var type = ChoiceType(choice, out var name);
        if (type.IsEmpty)
        {
            AnthropicFields.Refuse(drop, "tool_choice", "it must be auto, none, required or one function");
        }

        if (type.IsEmpty || choice.IsMissing)
        {
            if (!single)
            {
                return;
            }

            type = "auto"u8;
        }

        writer.WriteStartObject("tool_choice"u8);
        writer.WriteString("type"u8, type);
        if (name.IsString)
        {
            AnthropicRequest.WriteRaw(writer, "name", name);
        }

        if (single && !type.SequenceEqual("none"u8))
        {
            writer.WriteBoolean("disable_parallel_tool_use"u8, true);
        }

        writer.WriteEndObject();
    }

    private static ReadOnlySpan<byte> ChoiceType(JsonView choice, out JsonView name)
    {
        name = default;
        if (choice.IsMissing || choice.Says("auto"u8))
        {
            return "auto"u8;
        }

        if (choice.Says("none"u8))
        {
            return "none"u8;
        }

        if (choice.Says("required"u8))
        {
            return "any"u8;
        }

        if (!choice.IsObject || !AnthropicRequest.Member(choice, "type"u8).Says("function"u8))
        {
            return default;
        }

        var function = AnthropicRequest.Member(choice, "function"u8);
        name = function.IsObject ? AnthropicRequest.Member(function, "name"u8) : default;
        return name.IsString
            ? "tool"u8
            : throw AnthropicFields.Unsupported("tool_choice.function.name", "it must be a string");
    }
}

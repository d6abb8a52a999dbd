using Holdfast.Gateway.Providers.Translation;

namespace Holdfast.Gateway.Providers.Anthropic;

/// <summary>A caller's tools, and its choice among them, as OpenAI's functions.</summary>
internal static class CallerTools
{
    public static void Write(JsonOutput output, JsonView tools, JsonView choice, Refusals refusals)
    {
        if (!tools.IsMissing && !tools.IsArray)
        {
            throw Refusals.Invalid("tools", "it must be an array");
        }

        var chosen = choice.Member("name"u8).Text;
        var any = false;
        var isChosenDropped = false;
        var items = tools.IsMissing ? default : tools.Items();
        for (var i = 0; items.Next(); i++)
        {
            if (!items.Value.IsObject)
            {
                throw Refusals.Invalid($"tools[{i}]", "it must be an object");
            }

            var type = items.Value.Member("type"u8);
            if (!type.IsTextOrMissing)
            {
                throw Refusals.Invalid($"tools[{i}].type", "it must be a string");
            }

            if (!type.IsMissing && !type.Says("custom"u8))
            {
                refusals.Option($"tools[{i}].type", "only Anthropic runs its own tools; others know custom ones");
                isChosenDropped |= !chosen.IsEmpty && items.Value.Member("name"u8).Text.SequenceEqual(chosen);
                continue;
            }

            if (!any)
            {
                output.BeginArray("tools"u8);
                any = true;
            }

            WriteTool(output, items.Value, i, refusals);
        }

        CheckChoice(choice, isAnyTool: !tools.IsMissing && !tools.IsEmpty);
        // Without tools a choice has no meaning, and OpenAI refuses it.
        if (any)
        {
            output.EndArray();
            WriteChoice(output, choice, isChosenDropped);
        }
    }

    private static void WriteTool(JsonOutput output, JsonView tool, int index, Refusals refusals)
    {
        JsonView name = default, description = default, schema = default, strict = default;
        var members = tool.Members();
        while (members.Next())
        {
            switch (members.Name)
            {
                case var member when member.SequenceEqual("name"u8): name = members.Value; break;
                case var member when member.SequenceEqual("description"u8): description = members.Value; break;
                case var member when member.SequenceEqual("input_schema"u8): schema = members.Value; break;
                case var member when member.SequenceEqual("strict"u8): strict = members.Value; break;
                default: CallerToolMembers.Judge(members, index, refusals); break;
            }
        }

        output.BeginObject();
        output.Word("type"u8, "function"u8);
        output.BeginObject("function"u8);
        output.Value("name"u8, name.IsString
            ? name
            : throw Refusals.Invalid($"tools[{index}].name", "it must be a string"));
        if (!description.IsMissing)
        {
            output.Value("description"u8, description.IsString
                ? description
                : throw Refusals.Invalid($"tools[{index}].description", "it must be a string"));
        }

        output.Value("parameters"u8, schema.IsObject
            ? schema
            : throw Refusals.Invalid($"tools[{index}].input_schema", "it must be an object"));
        if (!strict.IsFlagOrMissing)
        {
            throw Refusals.Invalid($"tools[{index}].strict", "it must be true or false");
        }

        if (strict.IsTrue)
        {
            output.True("strict"u8);
        }

        output.EndObject();
        output.EndObject();
    }

    /// <summary>Whether a choice is one, be there tools or none.</summary>
    private static void CheckChoice(JsonView choice, bool isAnyTool)
    {
        if (choice.IsMissing)
        {
            return;
        }

        var type = choice.Member("type"u8);
        var isForced = type.Says("tool"u8) || type.Says("any"u8);
        if (!isForced && !type.Says("auto"u8) && !type.Says("none"u8))
        {
            throw Refusals.Invalid("tool_choice.type", "it must be auto, any, tool or none");
        }

        if (type.Says("tool"u8) && !choice.Member("name"u8).IsString)
        {
            throw Refusals.Invalid("tool_choice.name", "it must be a string");
        }

        if (!choice.Member("disable_parallel_tool_use"u8).IsFlagOrMissing)
        {
            throw Refusals.Invalid("tool_choice.disable_parallel_tool_use", "it must be true or false");
        }

        if (isForced && !isAnyTool)
        {
            throw Refusals.Invalid("tool_choice", "there are no tools to choose from");
        }
    }

    private static void WriteChoice(JsonOutput output, JsonView choice, bool isChosenDropped)
    {
        if (choice.IsMissing)
        {
            return;
        }

        var type = choice.Member("type"u8);
        if (type.Says("tool"u8) && isChosenDropped)
        {
            // Nobody knows a tool that was left out, and the others may be called or not.
            output.Word("tool_choice"u8, "auto"u8);
        }
        else if (type.Says("tool"u8))
        {
            output.BeginObject("tool_choice"u8);
            output.Word("type"u8, "function"u8);
            output.BeginObject("function"u8);
            output.Value("name"u8, choice.Member("name"u8));
            output.EndObject();
            output.EndObject();
        }
        else
        {
            output.Word("tool_choice"u8, type.Says("any"u8) ? "required"u8
                : type.Says("auto"u8) ? "auto"u8
                : "none"u8);
        }

        if (choice.Member("disable_parallel_tool_use"u8).IsTrue)
        {
            output.Name("parallel_tool_calls"u8);
            output.Raw("false"u8);
        }
    }
}

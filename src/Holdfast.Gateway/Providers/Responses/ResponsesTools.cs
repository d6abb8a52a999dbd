using System.Text;
using Holdfast.Gateway.Providers.Translation;

namespace Holdfast.Gateway.Providers.Responses;

/// <summary>A caller's functions, and its choice among them, as a chat has them: one level deeper.</summary>
internal static class ResponsesTools
{
    public static void Write(JsonOutput output, in ResponsesFields fields, Refusals refusals)
    {
        if (!fields.Tools.IsMissing && !fields.Tools.IsArray)
        {
            throw Refusals.Invalid("tools", "it must be an array");
        }

        var any = false;
        var items = fields.Tools.IsMissing ? default : fields.Tools.Items();
        for (var i = 0; items.Next(); i++)
        {
            if (!items.Value.IsObject || !items.Value.Member("type"u8).IsString)
            {
                throw Refusals.Invalid($"tools[{i}]", "it must be an object with a type");
            }

            if (!IsFunction(items.Value))
            {
                refusals.Option($"tools[{i}].type",
                    "only function tools can be carried to a target without a Responses API");
                continue;
            }

            if (!any)
            {
                output.BeginArray("tools"u8);
                any = true;
            }

            WriteTool(output, items.Value, i, refusals);
        }

        Check(fields, refusals);
        // Without tools a choice has no meaning, and many refuse it.
        if (any)
        {
            output.EndArray();
            WriteChoice(output, fields.ToolChoice);
            if (fields.ParallelToolCalls.IsFalse)
            {
                output.Name("parallel_tool_calls"u8);
                output.Raw("false"u8);
            }
        }
    }

    /// <summary>Whether a choice is one, be there tools or none.</summary>
    private static void Check(in ResponsesFields fields, Refusals refusals)
    {
        var choice = fields.ToolChoice;
        var isFunction = IsFunction(choice);
        if (choice.IsObject)
        {
            if (!choice.Member("type"u8).IsString)
            {
                throw Refusals.Invalid("tool_choice.type", "it must be a string");
            }

            if (isFunction && !choice.Member("name"u8).IsString)
            {
                throw Refusals.Invalid("tool_choice.name", "it must be a string");
            }
        }
        else if (!choice.IsMissing && !IsWord(choice))
        {
            throw Refusals.Invalid("tool_choice", "it must be auto, none, required or one function");
        }

        if (!fields.ParallelToolCalls.IsFlagOrMissing)
        {
            throw Refusals.Invalid("parallel_tool_calls", "it must be true or false");
        }

        if ((fields.Tools.IsMissing || fields.Tools.IsEmpty) && (isFunction || choice.Says("required"u8)))
        {
            throw Refusals.Invalid("tool_choice", "there are no tools to choose from");
        }

        if (choice.IsObject && !isFunction)
        {
            refusals.Option("tool_choice", "it must be auto, none, required or one function");
        }
    }

    /// <summary>Writes the functions again, as an answer has them: with every member.</summary>
    public static void WriteRepeated(JsonOutput output, JsonView tools)
    {
        output.BeginArray("tools"u8);
        var items = tools.IsArray ? tools.Items() : default;
        while (items.Next())
        {
            var tool = items.Value;
            if (!IsFunction(tool))
            {
                continue;
            }

            var description = tool.Member("description"u8);
            var parameters = tool.Member("parameters"u8);
            output.BeginObject();
            output.Word("type"u8, "function"u8);
            output.Value("name"u8, tool.Member("name"u8));
            output.Name("description"u8);
            output.Raw(description.IsString ? description.Raw : "null"u8);
            output.Name("parameters"u8);
            output.Raw(parameters.IsObject ? parameters.Raw : "null"u8);
            output.Name("strict"u8);
            output.Raw(tool.Member("strict"u8).IsTrue ? "true"u8 : "false"u8);
            output.EndObject();
        }

        output.EndArray();
    }

    private static bool IsFunction(JsonView tool) => tool.Member("type"u8).Says("function"u8);

    private static void WriteTool(JsonOutput output, JsonView tool, int index, Refusals refusals)
    {
        JsonView name = default, description = default, parameters = default, strict = default;
        var members = tool.Members();
        while (members.Next())
        {
            var value = members.Value;
            switch (members.Name)
            {
                case var member when member.SequenceEqual("name"u8): name = value; break;
                case var member when member.SequenceEqual("description"u8): description = value; break;
                case var member when member.SequenceEqual("parameters"u8): parameters = value; break;
                case var member when member.SequenceEqual("strict"u8): strict = value; break;
                case var member when value.IsMissing || value.IsFalse || member.SequenceEqual("type"u8): break;
                case var member when member.SequenceEqual("allowed_callers"u8):
                    AllowedCallers.Judge(value, $"tools[{index}].allowed_callers", refusals);
                    break;
                default: refusals.Option($"tools[{index}].{Encoding.UTF8.GetString(members.Name)}"); break;
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

        if (!parameters.IsMissing)
        {
            output.Value("parameters"u8, parameters.IsObject
                ? parameters
                : throw Refusals.Invalid($"tools[{index}].parameters", "it must be an object"));
        }

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

    private static bool IsWord(JsonView choice) =>
        choice.Says("auto"u8) || choice.Says("none"u8) || choice.Says("required"u8);

    private static void WriteChoice(JsonOutput output, JsonView choice)
    {
        if (IsWord(choice))
        {
            output.Value("tool_choice"u8, choice);
        }
        else if (IsFunction(choice))
        {
            output.BeginObject("tool_choice"u8);
            output.Word("type"u8, "function"u8);
            output.BeginObject("function"u8);
            output.Value("name"u8, choice.Member("name"u8));
            output.EndObject();
            output.EndObject();
        }
    }
}

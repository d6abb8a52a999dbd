using Holdfast.Gateway.Providers.Translation;

namespace Holdfast.Gateway.Providers.Anthropic;

/// <summary>Tools and the choice among them.</summary>
internal static class AnthropicTools
{
    public static void Write(JsonOutput output, JsonView tools, in ChatToolChoice choice, Refusals refusals)
    {
        var any = false;
        var items = new ChatTools(tools, refusals);
        while (items.Next())
        {
            if (!any)
            {
                output.BeginArray("tools"u8);
                any = true;
            }

            WriteTool(output, items.Tool);
        }

        // Without tools a choice has no meaning, and Anthropic refuses it.
        if (any)
        {
            output.EndArray();
            WriteChoice(output, choice);
        }
    }

    private static void WriteTool(JsonOutput output, in ChatTool tool)
    {
        output.BeginObject();
        tool.WriteName(output);
        tool.WriteSchema(output, "input_schema"u8);
        if (tool.IsStrict)
        {
            output.True("strict"u8);
        }

        if (tool.CacheControl.IsObject)
        {
            output.Value("cache_control"u8, tool.CacheControl);
        }

        output.EndObject();
    }

    private static void WriteChoice(JsonOutput output, in ChatToolChoice choice)
    {
        if (choice.Kind == ChatToolChoiceKind.Unset && !choice.IsSingle)
        {
            return;
        }

        output.BeginObject("tool_choice"u8);
        output.Word("type"u8, choice.Kind switch
        {
            ChatToolChoiceKind.None => "none"u8,
            ChatToolChoiceKind.Required => "any"u8,
            ChatToolChoiceKind.Function => "tool"u8,
            _ => "auto"u8,
        });
        if (choice.Name.IsString)
        {
            output.Value("name"u8, choice.Name);
        }

        if (choice.IsSingle && choice.Kind != ChatToolChoiceKind.None)
        {
            output.True("disable_parallel_tool_use"u8);
        }

        output.EndObject();
    }
}

"""Which scopes each operation of Cloud asks for. Made from the OpenAPI documents; `scopes` reads it.

A line without indent is a choice of scope sets (`|` between sets, `+` inside one), the lines below it are the operations.
"""

TABLE = """\
delete:attachment:confluence
  DELETE:v2/attachments/{}
delete:comment:confluence
  DELETE:v2/footer-comments/{} DELETE:v2/inline-comments/{}
delete:custom-content:confluence
  DELETE:v2/custom-content/{}
delete:database:confluence
  DELETE:v2/databases/{}
delete:embed:confluence
  DELETE:v2/embeds/{}
delete:folder:confluence
  DELETE:v2/folders/{}
delete:page:confluence
  DELETE:v2/blogposts/{} DELETE:v2/pages/{}
delete:whiteboard:confluence
  DELETE:v2/whiteboards/{}
manage:confluence-configuration | read:configuration:confluence
  GET:v1/settings/systemInfo GET:v1/settings/theme GET:v1/settings/theme/selected GET:v1/settings/theme/{}
manage:confluence-configuration | read:configuration:confluence+read:space.setting:confluence
  GET:v1/settings/lookandfeel
manage:confluence-configuration | read:configuration:confluence+read:space.setting:confluence+write:configuration:confluence+write:space.setting:confluence
  POST:v1/settings/lookandfeel/custom
manage:confluence-configuration | read:space.setting:confluence+write:space.setting:confluence
  PUT:v1/settings/lookandfeel
manage:confluence-configuration | write:configuration:confluence+write:space.setting:confluence
  DELETE:v1/settings/lookandfeel/custom
none
  DELETE:/wiki/rest/atlassian-connect/1/app/module/dynamic DELETE:v2/admin-key
  GET:/wiki/rest/atlassian-connect/1/app/module/dynamic GET:v2/admin-key
  POST:/wiki/rest/atlassian-connect/1/app/module/dynamic POST:v2/admin-key
read:app-data:confluence
  GET:v2/app/properties GET:v2/app/properties/{}
read:attachment:confluence
  GET:v2/attachments GET:v2/attachments/{} GET:v2/attachments/{}/labels GET:v2/attachments/{}/operations
  GET:v2/attachments/{}/properties GET:v2/attachments/{}/properties/{} GET:v2/attachments/{}/thumbnail/download
  GET:v2/attachments/{}/versions GET:v2/attachments/{}/versions/{} GET:v2/blogposts/{}/attachments
  GET:v2/custom-content/{}/attachments GET:v2/labels/{}/attachments GET:v2/pages/{}/attachments
read:attachment:confluence+write:attachment:confluence
  DELETE:v2/attachments/{}/properties/{} POST:v2/attachments/{}/properties PUT:v2/attachments/{}/properties/{}
read:audit-log:confluence
  GET:v1/audit GET:v1/audit/export GET:v1/audit/retention GET:v1/audit/since
read:audit-log:confluence+write:audit-log:confluence
  POST:v1/audit
read:comment:confluence
  GET:v2/attachments/{}/footer-comments GET:v2/blogposts/{}/footer-comments GET:v2/blogposts/{}/inline-comments
  GET:v2/comments/{}/properties GET:v2/comments/{}/properties/{} GET:v2/custom-content/{}/footer-comments
  GET:v2/footer-comments GET:v2/footer-comments/{} GET:v2/footer-comments/{}/children
  GET:v2/footer-comments/{}/likes/count GET:v2/footer-comments/{}/likes/users GET:v2/footer-comments/{}/operations
  GET:v2/footer-comments/{}/versions GET:v2/footer-comments/{}/versions/{} GET:v2/inline-comments
  GET:v2/inline-comments/{} GET:v2/inline-comments/{}/children GET:v2/inline-comments/{}/likes/count
  GET:v2/inline-comments/{}/likes/users GET:v2/inline-comments/{}/operations GET:v2/inline-comments/{}/versions
  GET:v2/inline-comments/{}/versions/{} GET:v2/pages/{}/footer-comments GET:v2/pages/{}/inline-comments
read:comment:confluence+write:comment:confluence
  DELETE:v2/comments/{}/properties/{} POST:v2/comments/{}/properties PUT:v2/comments/{}/properties/{}
read:configuration:confluence
  GET:v2/classification-levels GET:v2/data-policies/metadata GET:v2/space-permissions/transition/combinations
  GET:v2/space-permissions/transition/tasks/{} GET:v2/space-role-mode POST:v2/user/access/check-access-by-email
  POST:v2/user/access/invite-by-email
read:confluence-content.all | read:content-details:confluence
  GET:v1/content/{}/restriction GET:v1/content/{}/restriction/byOperation GET:v1/content/{}/restriction/byOperation/{}
read:confluence-content.all | read:content.metadata:confluence
  GET:v1/content/{}/history/{}/macro/id/{} GET:v1/content/{}/history/{}/macro/id/{}/convert/async/{}
  GET:v1/content/{}/history/{}/macro/id/{}/convert/{} GET:v1/contentbody/convert/async/bulk/tasks
  GET:v1/contentbody/convert/async/{} POST:v1/contentbody/convert/async/bulk/tasks
  POST:v1/contentbody/convert/async/{}
read:confluence-content.all | read:content.restriction:confluence
  GET:v1/content/{}/restriction/byOperation/{}/byGroupId/{} GET:v1/content/{}/restriction/byOperation/{}/user
read:confluence-content.all | read:content:confluence
  GET:v1/space/{}/state/content
read:confluence-content.permission | read:content.permission:confluence
  POST:v1/content/{}/permission/check
read:confluence-content.summary | read:analytics.content:confluence
  GET:v1/analytics/content/{}/viewers GET:v1/analytics/content/{}/views
read:confluence-content.summary | read:content-details:confluence
  GET:v1/content/{}/descendant GET:v1/content/{}/descendant/{} GET:v1/content/{}/state
read:confluence-content.summary | read:content-details:confluence+read:relation:confluence
  GET:v1/relation/{}/from/{}/{}/to/{} GET:v1/relation/{}/from/{}/{}/to/{}/{} GET:v1/relation/{}/to/{}/{}/from/{}
read:confluence-content.summary | read:content-details:confluence+read:template:confluence
  GET:v1/template/blueprint GET:v1/template/page GET:v1/template/{}
read:confluence-content.summary | read:content:confluence+read:label:confluence
  GET:v1/label
read:confluence-content.summary | read:user:confluence+read:watcher:confluence
  GET:v1/content/{}/notification/child-created GET:v1/content/{}/notification/created
read:confluence-content.summary | read:watcher:confluence
  GET:v1/user/watch/content/{} GET:v1/user/watch/label/{} GET:v1/user/watch/space/{}
read:confluence-groups | read:group:confluence
  GET:v1/group GET:v1/group/by-id GET:v1/group/picker
read:confluence-groups | read:group:confluence+read:user:confluence
  GET:v1/group/{}/membersByGroupId
read:confluence-space.summary | read:content.metadata:confluence
  GET:v1/longtask/{}
read:confluence-space.summary | read:label:confluence
  GET:v1/space/{}/label
read:confluence-space.summary | read:space.setting:confluence
  GET:v1/space/{}/settings GET:v1/space/{}/state GET:v1/space/{}/state/settings GET:v1/space/{}/theme
read:confluence-user | read:content-details:confluence
  GET:v1/user GET:v1/user/bulk GET:v1/user/current
read:confluence-user | read:group:confluence+read:user:confluence
  GET:v1/user/memberof
read:confluence-user | read:user:confluence
  GET:v1/user/anonymous
read:content-details:confluence
  GET:v1/search/user
read:content.metadata:confluence
  GET:v1/longtask GET:v2/databases/{}/ancestors GET:v2/embeds/{}/ancestors GET:v2/folders/{}/ancestors
  GET:v2/pages/{}/ancestors GET:v2/whiteboards/{}/ancestors POST:v2/content/convert-ids-to-types
read:custom-content:confluence
  GET:v2/blogposts/{}/custom-content GET:v2/custom-content GET:v2/custom-content/{} GET:v2/custom-content/{}/children
  GET:v2/custom-content/{}/labels GET:v2/custom-content/{}/operations GET:v2/custom-content/{}/properties
  GET:v2/custom-content/{}/properties/{} GET:v2/custom-content/{}/versions GET:v2/custom-content/{}/versions/{}
  GET:v2/pages/{}/custom-content GET:v2/spaces/{}/custom-content
read:custom-content:confluence+write:custom-content:confluence
  DELETE:v2/custom-content/{}/properties/{} POST:v2/custom-content/{}/properties
  PUT:v2/custom-content/{}/properties/{}
read:database:confluence
  GET:v2/databases/{} GET:v2/databases/{}/classification-level GET:v2/databases/{}/operations
  GET:v2/databases/{}/properties GET:v2/databases/{}/properties/{}
read:database:confluence+write:database:confluence
  DELETE:v2/databases/{}/properties/{} POST:v2/databases/{}/properties PUT:v2/databases/{}/properties/{}
read:email-address:confluence
  GET:v1/user/email GET:v1/user/email/bulk
read:embed:confluence
  GET:v2/embeds/{} GET:v2/embeds/{}/operations GET:v2/embeds/{}/properties GET:v2/embeds/{}/properties/{}
read:embed:confluence+write:embed:confluence
  DELETE:v2/embeds/{}/properties/{} POST:v2/embeds/{}/properties PUT:v2/embeds/{}/properties/{}
read:folder:confluence
  GET:v2/folders/{} GET:v2/folders/{}/operations GET:v2/folders/{}/properties GET:v2/folders/{}/properties/{}
read:folder:confluence+write:folder:confluence
  DELETE:v2/folders/{}/properties/{} POST:v2/folders/{}/properties PUT:v2/folders/{}/properties/{}
read:hierarchical-content:confluence
  GET:v2/databases/{}/descendants GET:v2/databases/{}/direct-children GET:v2/embeds/{}/descendants
  GET:v2/embeds/{}/direct-children GET:v2/folders/{}/descendants GET:v2/folders/{}/direct-children
  GET:v2/pages/{}/descendants GET:v2/pages/{}/direct-children GET:v2/whiteboards/{}/descendants
  GET:v2/whiteboards/{}/direct-children
read:label:confluence
  GET:v2/labels
read:page:confluence
  GET:v2/blogposts GET:v2/blogposts/{} GET:v2/blogposts/{}/labels GET:v2/blogposts/{}/likes/count
  GET:v2/blogposts/{}/likes/users GET:v2/blogposts/{}/operations GET:v2/blogposts/{}/properties
  GET:v2/blogposts/{}/properties/{} GET:v2/blogposts/{}/versions GET:v2/blogposts/{}/versions/{}
  GET:v2/labels/{}/blogposts GET:v2/labels/{}/pages GET:v2/pages GET:v2/pages/{} GET:v2/pages/{}/children
  GET:v2/pages/{}/labels GET:v2/pages/{}/likes/count GET:v2/pages/{}/likes/users GET:v2/pages/{}/operations
  GET:v2/pages/{}/properties GET:v2/pages/{}/properties/{} GET:v2/pages/{}/versions GET:v2/pages/{}/versions/{}
  GET:v2/spaces/{}/blogposts GET:v2/spaces/{}/pages
read:page:confluence+write:page:confluence
  DELETE:v2/blogposts/{}/properties/{} DELETE:v2/pages/{}/properties/{} GET:v2/blogposts/{}/classification-level
  GET:v2/pages/{}/classification-level POST:v2/blogposts/{}/properties POST:v2/pages/{}/properties
  PUT:v2/blogposts/{}/properties/{} PUT:v2/pages/{}/properties/{}
read:space.permission:confluence
  GET:v2/space-permissions GET:v2/space-roles GET:v2/space-roles/{} GET:v2/spaces/{}/role-assignments
read:space.permission:confluence+write:space.permission:confluence
  POST:v1/space/{}/permission POST:v1/space/{}/permission/custom-content
read:space:confluence
  GET:v2/data-policies/spaces GET:v2/spaces GET:v2/spaces/{} GET:v2/spaces/{}/classification-level/default
  GET:v2/spaces/{}/content/labels GET:v2/spaces/{}/labels GET:v2/spaces/{}/operations GET:v2/spaces/{}/permissions
  GET:v2/spaces/{}/properties GET:v2/spaces/{}/properties/{}
read:space:confluence+write:space:confluence
  DELETE:v2/spaces/{}/classification-level/default DELETE:v2/spaces/{}/properties/{} POST:v2/spaces/{}/properties
  PUT:v2/spaces/{}/classification-level/default PUT:v2/spaces/{}/properties/{}
read:task:confluence
  GET:v2/tasks GET:v2/tasks/{}
read:user.property:confluence
  GET:v1/user/{}/property GET:v1/user/{}/property/{}
read:user.property:confluence | read:user.property:confluence
  GET:v1/content-states
read:user:confluence
  POST:v2/users-bulk
read:user:confluence+read:watcher:confluence
  GET:v1/space/{}/watch
read:whiteboard:confluence
  GET:v2/whiteboards/{} GET:v2/whiteboards/{}/classification-level GET:v2/whiteboards/{}/operations
  GET:v2/whiteboards/{}/properties GET:v2/whiteboards/{}/properties/{}
read:whiteboard:confluence+write:whiteboard:confluence
  DELETE:v2/whiteboards/{}/properties/{} POST:v2/whiteboards/{}/properties PUT:v2/whiteboards/{}/properties/{}
readonly:content.attachment:confluence | read:attachment:confluence
  GET:v1/content/{}/child/attachment/{}/download
search:confluence | read:content-details:confluence
  GET:v1/content/search GET:v1/search
write:app-data:confluence
  DELETE:v2/app/properties/{} PUT:v2/app/properties/{}
write:audit-log:confluence
  PUT:v1/audit/retention
write:comment:confluence
  POST:v2/footer-comments POST:v2/inline-comments PUT:v2/footer-comments/{} PUT:v2/inline-comments/{}
write:configuration:confluence
  DELETE:v2/space-roles/{} POST:v2/space-permissions/transition/access-removals
  POST:v2/space-permissions/transition/combinations POST:v2/space-permissions/transition/role-assignments
  POST:v2/space-roles PUT:v2/space-roles/{}
write:confluence-content | delete:content:confluence
  DELETE:v1/content/{}/pageTree DELETE:v1/content/{}/version/{}
write:confluence-content | read:content-details:confluence+read:template:confluence+write:template:confluence
  POST:v1/template PUT:v1/template
write:confluence-content | read:content-details:confluence+write:content.restriction:confluence
  DELETE:v1/content/{}/restriction POST:v1/content/{}/restriction PUT:v1/content/{}/restriction
write:confluence-content | read:content-details:confluence+write:content:confluence
  DELETE:v1/content/{}/state POST:v1/content/blueprint/instance/{} POST:v1/content/{}/version
  PUT:v1/content/blueprint/instance/{} PUT:v1/content/{}/state
write:confluence-content | read:content-details:confluence+write:page:confluence
  POST:v1/content/{}/copy
write:confluence-content | read:content.metadata:confluence+write:page:confluence
  POST:v1/content/archive POST:v1/content/{}/pagehierarchy/copy
write:confluence-content | read:content:confluence+read:relation:confluence+read:space:confluence+read:user:confluence+write:relation:confluence
  PUT:v1/relation/{}/from/{}/{}/to/{}/{}
write:confluence-content | read:label:confluence+write:label:confluence
  POST:v1/content/{}/label
write:confluence-content | write:content.restriction:confluence
  DELETE:v1/content/{}/restriction/byOperation/{}/byGroupId/{} DELETE:v1/content/{}/restriction/byOperation/{}/user
  PUT:v1/content/{}/restriction/byOperation/{}/byGroupId/{} PUT:v1/content/{}/restriction/byOperation/{}/user
write:confluence-content | write:content:confluence
  GET:v1/content/{}/state/available
write:confluence-content | write:label:confluence
  DELETE:v1/content/{}/label DELETE:v1/content/{}/label/{}
write:confluence-content | write:page:confluence
  PUT:v1/content/{}/move/{}/{}
write:confluence-content | write:relation:confluence
  DELETE:v1/relation/{}/from/{}/{}/to/{}/{}
write:confluence-content | write:template:confluence
  DELETE:v1/template/{}
write:confluence-content | write:watcher:confluence
  DELETE:v1/user/watch/content/{} DELETE:v1/user/watch/label/{} DELETE:v1/user/watch/space/{}
  POST:v1/user/watch/content/{} POST:v1/user/watch/label/{} POST:v1/user/watch/space/{}
write:confluence-file | read:content-details:confluence+write:attachment:confluence
  POST:v1/content/{}/child/attachment POST:v1/content/{}/child/attachment/{}/data PUT:v1/content/{}/child/attachment
write:confluence-file+write:confluence-props | read:content-details:confluence+write:attachment:confluence
  PUT:v1/content/{}/child/attachment/{}
write:confluence-groups | read:group:confluence+write:group:confluence
  POST:v1/group
write:confluence-groups | write:group:confluence
  DELETE:v1/group/by-id DELETE:v1/group/userByGroupId POST:v1/group/userByGroupId
write:confluence-space | delete:space:confluence+read:content.metadata:confluence
  DELETE:v1/space/{}
write:confluence-space | read:label:confluence+write:label:confluence
  POST:v1/space/{}/label
write:confluence-space | read:space-details:confluence+write:space.permission:confluence+write:space:confluence
  POST:v1/space POST:v1/space/_private PUT:v1/space/{}
write:confluence-space | read:space.setting:confluence+write:space.setting:confluence
  PUT:v1/space/{}/settings PUT:v1/space/{}/theme
write:confluence-space | write:label:confluence
  DELETE:v1/space/{}/label
write:confluence-space | write:space.setting:confluence
  DELETE:v1/space/{}/theme
write:custom-content:confluence
  POST:v2/custom-content PUT:v2/custom-content/{}
write:database:confluence
  POST:v2/databases POST:v2/databases/{}/classification-level/reset PUT:v2/databases/{}/classification-level
write:embed:confluence
  POST:v2/embeds
write:folder:confluence
  POST:v2/folders
write:page:confluence
  POST:v2/blogposts POST:v2/blogposts/{}/classification-level/reset POST:v2/blogposts/{}/redact POST:v2/pages
  POST:v2/pages/{}/classification-level/reset POST:v2/pages/{}/redact PUT:v2/blogposts/{}
  PUT:v2/blogposts/{}/classification-level PUT:v2/pages/{} PUT:v2/pages/{}/classification-level PUT:v2/pages/{}/title
write:space.permission:confluence
  DELETE:v1/space/{}/permission/{} POST:v2/spaces/{}/role-assignments
write:space:confluence
  POST:v2/spaces
write:task:confluence
  PUT:v2/tasks/{}
write:user.property:confluence
  DELETE:v1/user/{}/property/{} POST:v1/user/{}/property/{} PUT:v1/user/{}/property/{}
write:whiteboard:confluence
  POST:v2/whiteboards POST:v2/whiteboards/{}/classification-level/reset PUT:v2/whiteboards/{}/classification-level
"""
